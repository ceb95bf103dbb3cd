"""One Redis, gearmand and gearfast in turn: each carries on what the other left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import redis

from tests.clients.requirements import require
from tests.clients.test_stores import submit, work_off
from tests.protocol.wire import SUBMIT_JOB_BG, SUBMIT_JOB_EPOCH, SUBMIT_JOB_HIGH_BG, SUBMIT_JOB_LOW_BG, req
from tests.support.gearfast_process import gearfast
from tests.support.peers import gearmand, gearmand_path
from tests.support.store_servers import StoreServer, redis_server

JOBS = [
    req(SUBMIT_JOB_LOW_BG, b"f", b"low", b"1"),
    req(SUBMIT_JOB_BG, b"f", b"it's", b"\xff"),
    req(SUBMIT_JOB_BG, b"\xffg", b"12345678-1234-1234-1234-123456789012", b"3"),
    req(SUBMIT_JOB_HIGH_BG, b"f", b"h" * 63, b"4" * 100_000),
    req(SUBMIT_JOB_BG, b"f", b"empty", b""),
]
EXPECTED = {
    (b"f", b"low", b"1"),
    (b"f", b"it's", b"\xff"),
    (b"\xffg", b"12345678-1234-1234-1234-123456789012", b"3"),
    (b"f", b"h" * 63, b"4" * 100_000),
    (b"f", b"empty", b""),
}


KEPT = [(b"", b"f-f\0later-on"), (b"more:", b""), (b"order:", b"")]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[StoreServer]:
    require(gearmand_path() is not None, "gearmand is missing (Debian: gearman-job-server)")
    started = redis_server(tmp_path)
    yield started
    started.stop()


@pytest.fixture
def options(server: StoreServer) -> tuple[str, ...]:
    return ("-q", "redis", "--redis-server", "127.0.0.1", "--redis-port", str(server.port))


def left(server: StoreServer) -> list[bytes]:
    with closing(redis.Redis(port=server.port)) as db:
        return sorted(db.scan_iter(match="*gear_-*"))


def test_gearfast_carries_on_what_gearmand_left(server: StoreServer, options: tuple[str, ...]) -> None:
    """An empty unique stays empty, and what is done is deleted."""
    with gearmand(*options) as theirs:
        submit(theirs.port, *JOBS, req(SUBMIT_JOB_BG, b"f", b"", b"\0data"))
    with gearfast(*options, "--verbose", "NOTICE") as ours:
        ours.wait_for_log("6 jobs were in redis")
        assert work_off(ours.port) == EXPECTED | {(b"f", b"", b"\0data")}
    assert left(server) == []


def test_gearmand_carries_on_what_gearfast_left(server: StoreServer, options: tuple[str, ...]) -> None:
    """But for what it would take for another function's, which waits for gearfast."""
    with gearfast(*options) as ours:
        submit(
            ours.port,
            *JOBS,
            *[req(SUBMIT_JOB_BG, b"f", unique, b"6") for unique in (b"", b"", b"-")],
            req(SUBMIT_JOB_EPOCH, b"f-f", b"later-on", b"4000000000", b""),
        )
    with gearmand(*options) as theirs:
        jobs = work_off(theirs.port)
        made = {job for job in jobs if job[1].startswith(b"gearfast:")}
        assert [job[2] for job in made] == [b"6"] * 3
        assert jobs - made == EXPECTED
    with gearfast(*options, "--verbose", "NOTICE") as ours:
        ours.wait_for_log("1 jobs were in redis")
    assert left(server) == [b"gearfast:%b_gear_-%b" % kept for kept in KEPT]
