"""Jobs carried out of each kind of store and into each."""

from __future__ import annotations

import io
import random
import sqlite3
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from gearfast.queue.jobs import read
from gearfast.queue.transfer import Outcome, export_jobs, import_jobs, move_jobs
from gearfast.server.errors import ServerError
from gearfast.stores.base import Add, Batch, Store, StoreError
from gearfast.stores.sqlite import SqliteStore
from tests.stores.conftest import Open
from tests.stores.kinds import MemcachedKind
from tests.stores.sql_kinds import MysqlKind

JOBS: list[Add] = [
    (b"u", b"f", 0, b"data", 0, None),
    (b"u", b"g-h", 1, b"", 1_900_000_000, b"reducer"),
    (b"\xff\xfe", b"\xc3\xa9", 2, b"da\0ta\xff\n", 2**40, None),
    (b"gearfast::0123456789abcdef:00000001", b"f", 1, b'"quoted" \\ \n', 0, None),
    (b"gearfast:-:0123456789abcdef:00000002", b"f", 1, "\N{SNOWMAN}\u2028".encode(), 0, b"\xff"),
]


@contextmanager
def opened(make: Callable[[], Store]) -> Iterator[Store]:
    store = make()
    store.open()
    with closing(store):
        yield store


@pytest.fixture
def other(tmp_path: Path) -> Iterator[SqliteStore]:
    """A store beside the one of the kind that is tested."""
    (tmp_path / "other").mkdir()
    store = SqliteStore(str(tmp_path / "other" / "queue.db"))
    store.open()
    with closing(store):
        yield store


def quiet(text: str) -> None:
    raise AssertionError(text)


def jobs_in(store: Store) -> list[Add]:
    """Every job in a store that was just opened."""
    found = []
    for part in read(store):
        assert not part.damaged
        found += part.jobs
    return found


def many(count: int) -> list[Add]:
    return [(b"u%d" % number, b"f", number % 3, b"%d" % number, 0, None) for number in range(count)]


def lines_of(store: Store) -> bytes:
    stream = io.BytesIO()
    export_jobs(store, stream, quiet)
    return stream.getvalue()


def test_lines_out_of_one_store_into_another(reopen: Open, other: SqliteStore) -> None:
    reopen().commit(Batch(JOBS, []))
    lines = lines_of(reopen())
    assert lines.count(b"\n") == len(JOBS)
    assert import_jobs(other, io.BytesIO(lines), quiet) == Outcome(done=len(JOBS))
    assert jobs_in(other) == JOBS
    assert jobs_in(reopen()) == JOBS


def test_lines_into_a_store_twice(reopen: Open, other: SqliteStore) -> None:
    """As after an import that broke off."""
    jobs = JOBS + many(3000)
    other.commit(Batch(jobs, []))
    lines = lines_of(other)
    import_jobs(reopen(), io.BytesIO(lines[: len(lines) // 2]), lambda _: None)
    assert import_jobs(reopen(), io.BytesIO(lines), quiet) == Outcome(done=len(jobs))
    assert sorted(jobs_in(reopen()), key=repr) == sorted(jobs, key=repr)


def test_there_and_back(reopen: Open, other: SqliteStore) -> None:
    jobs = JOBS + many(3000)
    reopen().commit(Batch(jobs, []))
    assert move_jobs(reopen(), other, quiet) == Outcome(done=len(jobs))
    assert jobs_in(reopen()) == []
    assert move_jobs(other, reopen(), quiet) == Outcome(done=len(jobs))
    assert jobs_in(reopen()) == jobs
    with sqlite3.connect(other._path) as db:
        assert db.execute("SELECT count(*) FROM gearman_queue").fetchone() == (0,)


class Breaking:
    """A store whose line is cut behind the first commit, which nobody hears of."""

    database = None

    def __init__(self, store: Store) -> None:
        self._store = store
        self.name = store.name
        self.open, self.close = store.open, store.close
        self.read, self.set_aside, self.clear = store.read, store.set_aside, store.clear

    def commit(self, batch: Batch) -> None:
        self._store.commit(batch)
        raise StoreError("the line is cut")


@pytest.mark.parametrize("side", ["source", "destination"])
def test_a_move_that_breaks_off_is_given_again(reopen: Open, other: SqliteStore, side: str) -> None:
    jobs = many(3000)
    reopen().commit(Batch(jobs, []))
    pair: dict[str, Store] = {"source": reopen(), "destination": other}
    pair[side] = Breaking(pair[side])
    with pytest.raises(ServerError, match=r"The store \w+ fails: the line is cut\."):
        move_jobs(pair["source"], pair["destination"], quiet)
    move_jobs(reopen(), other, quiet)
    assert jobs_in(other) == jobs
    assert jobs_in(reopen()) == []


@pytest.mark.parametrize("make", [MemcachedKind, MysqlKind])
def test_what_the_other_store_never_takes_stays(
    make: type[MemcachedKind | MysqlKind], tmp_path: Path, other: SqliteStore
) -> None:
    large: Add = (b"large", b"f", 1, bytes(17 << 20), 0, None)
    jobs = many(10)
    other.commit(Batch([*jobs[:5], large, *jobs[5:]], []))
    lines = lines_of(other)
    kind = make(tmp_path)
    said: list[str] = []
    try:
        with opened(kind.store) as store:
            assert move_jobs(fresh(other), store, said.append) == Outcome(done=10, left=1)
            assert import_jobs(store, io.BytesIO(lines), said.append) == Outcome(done=10, left=1)
        with opened(kind.store) as store:
            assert jobs_in(store) == jobs
    finally:
        kind.remove()
    assert jobs_in(fresh(other)) == [large]
    assert [text.partition(":")[0] for text in said] == [
        "The job large of f stays in libsqlite3",
        "Line 6 is not imported",
    ]
    assert "a job has 17825792 bytes" in said[0] or "a job takes 17826176 bytes" in said[0]


def execute(store: SqliteStore, *statements: str) -> None:
    with closing(sqlite3.connect(store._path)) as db, db:
        for statement in statements:
            db.execute(statement)


INSERT = "INSERT INTO gearman_queue (unique_key, function_name, priority, data, when_to_run) VALUES "


def test_rows_that_are_no_jobs_are_set_aside(other: SqliteStore, tmp_path: Path) -> None:
    execute(other, f"{INSERT} ('u', 'f', 7, x'61', 0), ('v', 'f', 1, x'62', 0)")
    said: list[str] = []
    with opened(lambda: SqliteStore(str(tmp_path / "there.db"))) as there:
        assert move_jobs(other, there, said.append) == Outcome(done=1, left=1)
        assert jobs_in(there) == [(b"v", b"f", 1, b"b", 0, None)]
    assert said == ["Row 1 of libsqlite3 is no job: its priority is 7, not 0, 1 or 2."]
    with closing(sqlite3.connect(other._path)) as db:
        assert db.execute("SELECT unique_key FROM gearman_queue_damaged").fetchall() == [("u",)]
        assert db.execute("SELECT count(*) FROM gearman_queue").fetchone() == (0,)


def test_gearmands_rows_without_a_key_of_their_own(other: SqliteStore, reopen: Open) -> None:
    """The store they come to may have had one, which must stay; read again, they have the key they had."""
    cut = "'" + "u" * 63 + "' || char(0)"
    for _ in range(2):
        execute(
            other,
            f"{INSERT} ('', 'f', 1, NULL, NULL), ('-', 'f', NULL, x'62', 0), ({cut}, 'f', 1, x'63', -5)",
        )
        first, second = lines_of(fresh(other)), lines_of(fresh(other))
        assert first == second
        assert move_jobs(fresh(other), reopen(), quiet) == Outcome(done=3)
    jobs = jobs_in(reopen())
    assert len({job[:2] for job in jobs}) == len(jobs) == 5
    assert sorted(job[3] for job in jobs) == [b"", b"", b"b", b"b", b"c"]
    assert [job[0] for job in jobs if job[3] == b"c"] == [b"u" * 63]
    assert all(b"gearfast:" in job[0] for job in jobs if job[3] != b"c")


def fresh(store: SqliteStore) -> SqliteStore:
    """The same store, to be read from the start."""
    store.close()
    store.__init__(store._path)  # type: ignore[misc]
    store.open()
    return store


def test_memory_does_not_grow_with_the_jobs(tmp_path: Path) -> None:
    """Those of a batch are in it at a time, however many there are."""

    class Counting(io.RawIOBase):
        written = 0

        def write(self, line: object) -> int:
            self.written += 1
            return 0

    peaks = []
    for count in (4_000, 16_000):
        with opened(lambda count=count: SqliteStore(str(tmp_path / f"{count}.db"))) as store:  # type: ignore[misc]
            data = random.Random(0).randbytes(100)
            store.commit(Batch([(b"%d" % number, b"f", 1, data, 0, None) for number in range(count)], []))
            stream = Counting()
            tracemalloc.start()
            export_jobs(store, stream, quiet)  # type: ignore[arg-type]
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
            assert stream.written == count
    assert peaks[1] < 1.5 * peaks[0]
