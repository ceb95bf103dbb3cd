"""A store whose disk is really full: submits are told so, nothing acknowledged is lost, and it goes on."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.protocol.peer import Peer
from tests.protocol.wire import ERROR, JOB_CREATED, SUBMIT_JOB, SUBMIT_JOB_BG, Packet, req
from tests.server.test_store import accepted, fill, submitted, work_off
from tests.stores.kinds import RedisKind, SqliteKind, TokyoCabinetKind
from tests.support.gearfast_process import gearfast
from tests.support.small_disk import SmallDisk, small_disk

KINDS: dict[str, Callable[[Path], SqliteKind | RedisKind]] = {
    "libsqlite3": SqliteKind,
    "libtokyocabinet": TokyoCabinetKind,
    "redis": RedisKind,
}
KILLED = -signal.SIGKILL
LARGE = bytes(20_000)
ENOUGH = 1000  # of them to fill what a store has laid in


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", "24m") as mounted:
        yield mounted


def submit_until_refused(client: Peer, acknowledged: set[bytes]) -> Packet:
    """The refusal."""
    for number in range(ENOUGH):
        unique = b"large %d" % number
        client.send(req(SUBMIT_JOB_BG, b"f", unique, LARGE))
        answer = client.receive()
        if answer.kind != JOB_CREATED:
            return answer
        acknowledged.add(unique)
    raise AssertionError("the disk is not full")


@pytest.mark.parametrize("name", KINDS)
def test_a_full_disk(name: str, disk: SmallDisk) -> None:
    kind = KINDS[name](disk.folder)
    options = (*kind.options, "--verbose", "NOTICE")
    try:
        with gearfast(*options, exit_code=KILLED) as server, Peer(server.port) as client:
            acknowledged = fill(server, b"before", b"x")
            disk.fill(leave=100_000)
            refused = submit_until_refused(client, acknowledged)
            assert refused.kind == ERROR
            assert refused.body.startswith(b"QUEUE_ERROR\0The store %b fails: " % name.encode())
            assert accepted(submitted(server, req(SUBMIT_JOB, b"g", b"", b"")))
            disk.free()
            if isinstance(kind, RedisKind):  # it has stopped itself
                kind.break_down()
                kind.mend()
            server.wait_for_log("works again")
            acknowledged |= fill(server, b"after", LARGE)
            server.process.kill()
        with gearfast(*options) as server:
            server.wait_for_log(f"jobs were in {name}")
            assert {job[1] for job in work_off(server, b"f")} == acknowledged
    finally:
        with suppress(OSError):
            kind.remove()
