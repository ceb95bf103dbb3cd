"""One database, gearmand and gearfast in turn: each carries on what the other left."""

from __future__ import annotations

import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.clients.requirements import require
from tests.protocol.peer import Peer
from tests.protocol.wire import (
    CAN_DO,
    GRAB_JOB_ALL,
    JOB_CREATED,
    NO_JOB,
    SUBMIT_JOB_BG,
    SUBMIT_JOB_EPOCH,
    SUBMIT_JOB_HIGH_BG,
    SUBMIT_JOB_LOW_BG,
    SUBMIT_REDUCE_JOB_BACKGROUND,
    WORK_COMPLETE,
    req,
)
from tests.support.gearfast_process import gearfast
from tests.support.peers import gearmand, gearmand_path

LATER = b"4000000000"
# The delayed job has a function of its own: in gearmand 1.1 it would hide the low one.
JOBS = [
    req(SUBMIT_JOB_LOW_BG, b"f", b"low", b"1"),
    req(SUBMIT_JOB_BG, b"f", b"it's", b"\0\xff"),
    req(SUBMIT_JOB_BG, b"\xffg", b"\xfe", b"3"),
    req(SUBMIT_JOB_HIGH_BG, b"f", b"h" * 63, b"4" * 100_000),
    req(SUBMIT_JOB_EPOCH, b"delayed", b"later", LATER, b"5"),
]
EXPECTED = {
    (b"f", b"low", b"1"),
    (b"f", b"it's", b"\0\xff"),
    (b"\xffg", b"\xfe", b"3"),
    (b"f", b"h" * 63, b"4" * 100_000),
}


@pytest.fixture(autouse=True)
def installed() -> None:
    require(gearmand_path() is not None, "gearmand is missing (Debian: gearman-job-server)")


@pytest.fixture
def options(tmp_path: Path) -> tuple[str, ...]:
    return ("-q", "libsqlite3", "--libsqlite3-db", str(tmp_path / "queue.db"))


def submit(port: int, *packets: bytes) -> None:
    with Peer(port) as client:
        client.send(*packets)
        for _ in packets:
            client.receive_kind(JOB_CREATED)


def work_off(port: int) -> set[tuple[bytes, bytes, bytes]]:
    """Function, unique and data of every job that can be had."""
    jobs = set()
    with Peer(port) as worker:
        worker.send(req(CAN_DO, b"f"), req(CAN_DO, b"\xffg"))
        while True:
            worker.send(req(GRAB_JOB_ALL))
            packet = worker.receive()
            if packet.kind == NO_JOB:
                break
            handle, function, unique, data = packet.body.split(b"\0", 3)
            jobs.add((function, unique, data))
            worker.send(req(WORK_COMPLETE, handle, b""))
        worker.settle()
    return jobs


def left(options: tuple[str, ...]) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(options[-1])) as db:
        return db.execute("SELECT unique_key, priority, when_to_run FROM gearman_queue").fetchall()


def test_gearfast_carries_on_what_gearmand_left(options: tuple[str, ...]) -> None:
    with gearmand(*options) as server:
        submit(
            server.port,
            *JOBS,
            req(SUBMIT_JOB_BG, b"f", b"empty", b""),
            req(SUBMIT_JOB_BG, b"f", b"u" * 64, b"6"),
        )
    with gearfast(*options, "--verbose", "NOTICE") as ours:
        ours.wait_for_log("7 jobs were in libsqlite3")
        more = {(b"f", b"empty", b""), (b"f", b"u" * 63, b"6")}
        assert work_off(ours.port) == EXPECTED | more
    assert left(options) == [("later", 1, int(LATER))]


@pytest.mark.parametrize("is_killed", [False, True])
def test_gearmand_carries_on_what_gearfast_left(options: tuple[str, ...], is_killed: bool) -> None:
    with gearfast(*options, exit_code=-signal.SIGKILL if is_killed else 0) as ours:
        submit(ours.port, *JOBS, req(SUBMIT_JOB_BG, b"f", b"empty", b""))
        submit(ours.port, *[req(SUBMIT_JOB_BG, b"f", unique, b"7") for unique in (b"", b"", b"-")])
        submit(ours.port, req(SUBMIT_REDUCE_JOB_BACKGROUND, b"f", b"r", b"red", b"", b"8"))
        if is_killed:
            ours.process.kill()
    with gearmand(*options) as server:
        jobs = work_off(server.port)
        made = {job for job in jobs if job[1].startswith(b"gearfast:")}
        assert [job[2] for job in made] == [b"7"] * 3
        assert jobs - made == EXPECTED | {(b"f", b"empty", b""), (b"f", b"r", b"8")}
    assert left(options) == [("later", 1, int(LATER))]


def test_back_and_forth(options: tuple[str, ...]) -> None:
    """Jobs that neither finishes keep their keys."""
    with gearfast(*options) as ours:
        submit(ours.port, req(SUBMIT_JOB_BG, b"f", b"", b"1"), req(SUBMIT_JOB_BG, b"f", b"-", b"2"))
    with gearmand(*options) as server:
        submit(server.port, req(SUBMIT_JOB_BG, b"f", b"u", b"3"))
    with gearfast(*options, "--verbose", "NOTICE") as ours:
        ours.wait_for_log("3 jobs were in libsqlite3")
        assert work_off(ours.port) == {(b"f", b"", b"1"), (b"f", b"-", b"2"), (b"f", b"u", b"3")}
    assert left(options) == []
