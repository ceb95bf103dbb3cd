"""What is Tokyo Cabinet's own: gearmand's records, and what may happen to a file."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from gearfast.stores.base import Batch, Damaged, StoreError
from gearfast.stores.tokyocabinet import Cabinet, TokyoCabinetStore
from tests.protocol.peer import Peer
from tests.protocol.wire import SUBMIT_JOB_BG, req
from tests.server.test_store import submit_some, work_off, work_some
from tests.stores.kinds import require_tokyo_cabinet
from tests.support.gearfast_process import gearfast


@pytest.fixture(params=["queue.tch", "queue.tcb"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    require_tokyo_cabinet()
    return tmp_path / str(request.param)


@contextmanager
def opened(path: Path, settings: str = "", *, optimizes: bool = False) -> Iterator[TokyoCabinetStore]:
    store = TokyoCabinetStore(f"{path}{settings}", optimizes=optimizes)
    store.open()
    with closing(store):
        yield store


def records(path: Path) -> dict[bytes, bytes | None]:
    cabinet = Cabinet(str(path))
    cabinet.open(may_create=False)
    with closing(cabinet):
        return {name: cabinet.get(name) for name in list(cabinet.names())}


def write(path: Path, **values: bytes) -> None:
    cabinet = Cabinet(str(path))
    cabinet.open(may_create=True)
    with closing(cabinet), cabinet.transaction():
        for name, value in values.items():
            cabinet.put(name.encode(), value)


def test_a_job_is_stored_as_gearmand_does(path: Path) -> None:
    with opened(path) as store:
        store.commit(Batch([(b"ep", b"f", 1, b"7x", 1795245955, b"reducer")], []))
    assert records(path) == {b"f-ep": b"f\0ep\x0011795245955\x007x"}


def test_what_gearmand_wrote(path: Path) -> None:
    """A key that we would not delete is changed, and a job without a unique gets one."""
    values = {"f-": b"f\0\x00010\x001", "f-u": b"f\0u\x00020\x002", "a-b-c": b"a-b\0c\x00000\x003"}
    write(path, **values, long=b"f\0" + b"u" * 63 + b"\0\x00010\x00")
    with opened(path) as store:
        rows = store.read()
        assert sorted((row[2], row[4]) for row in rows) == [
            (b"a-b", b"3"),
            (b"f", b""),
            (b"f", b"1"),
            (b"f", b"2"),
        ]
        store.commit(Batch([], [(row[1], row[2]) for row in rows]))
    assert records(path) == {}


def test_a_reducer_goes_with_its_job(path: Path) -> None:
    with opened(path) as store:
        store.commit(Batch([(b"u", b"f", 1, b"1", 0, b"reducer")], []))
        store.commit(Batch([], [(b"u", b"f")]))
        store.commit(Batch([(b"u", b"f", 1, b"2", 0, None)], []))
    with opened(path) as store:
        assert [row[1:] for row in store.read()] == [(b"u", b"f", 1, b"2", 0, None)]


def test_what_is_no_job_is_set_aside(path: Path) -> None:
    write(path, x=b"nothing")
    with opened(path) as store:
        [row] = store.read()
        assert row[1:3] == (None, None)
        for _ in range(2):
            store.set_aside([Damaged(row, "it is no good")])
        assert store.read() == []
    assert records(path) == {}
    beside = records(path.with_name(f"{path.name}.gearfast.tch"))
    assert beside == {b"damaged:x": b"it is no good\0nothing"}


def test_two_servers_cannot_share_a_database(path: Path) -> None:
    with opened(path), pytest.raises(StoreError, match="it is in use"), opened(path):
        pass
    with opened(path):
        pass


def test_settings_and_tidying_up(path: Path) -> None:
    with opened(path, "#bnum=1000#opts=l") as store:
        store.commit(Batch([(b"u", b"f", 1, b"1", 0, None)], []))
    with opened(path, optimizes=True) as store:
        assert len(store.read()) == 1


@pytest.mark.parametrize("name", ["*", "+", "x.tcf", "x.tct", "x.db", "x"])
def test_other_databases_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(StoreError, match=r"does not end in \.tch or \.tcb"):
        TokyoCabinetStore(name).open()


def test_a_file_that_is_no_database(path: Path) -> None:
    path.write_bytes(b"no database" * 100)
    with pytest.raises(StoreError, match="cannot be opened"):
        TokyoCabinetStore(str(path)).open()
    assert path.read_bytes() == b"no database" * 100


def test_a_file_that_is_replaced_is_noticed(path: Path) -> None:
    with opened(path) as store:
        path.rename(path.with_name("old"))
        path.touch()
        with pytest.raises(StoreError, match="has been replaced"):
            store.commit(Batch([(b"u", b"f", 1, b"data", 0, None)], []))


@pytest.mark.parametrize("round_", range(5))
def test_nothing_acknowledged_is_lost(path: Path, round_: int) -> None:
    """A kill at some moment, within a batch."""
    chance = random.Random(round_)
    options = ("-q", "tokyocabinet", "--libtokyocabinet-file", str(path), "--verbose", "NOTICE")
    acknowledged: set[bytes] = set()
    worked: set[bytes] = set()
    with (
        gearfast(*options, exit_code=-signal.SIGKILL) as server,
        Peer(server.port) as client,
        Peer(server.port) as worker,
    ):
        worker.can_do(b"f")
        for turn in range(chance.randrange(20, 60)):
            acknowledged |= submit_some(client, turn, chance)
            worked |= work_some(worker, chance.randrange(5))
        client.send(*(req(SUBMIT_JOB_BG, b"f", b"", b"unheard") for _ in range(chance.randrange(1000))))
        server.process.kill()
    with gearfast(*options) as server:
        server.wait_for_log("jobs were in libtokyocabinet")
        assert acknowledged - worked <= {job[2] for job in work_off(server, b"f")}
    assert acknowledged
