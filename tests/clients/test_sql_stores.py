"""One table in PostgreSQL or MariaDB, gearmand and gearfast in turn."""

from __future__ import annotations

from pathlib import Path

import pytest

from gearfast.stores.base import Add
from tests.clients.requirements import require
from tests.clients.test_stores import submit, work_off
from tests.protocol.wire import (
    SUBMIT_JOB_BG,
    SUBMIT_JOB_EPOCH,
    SUBMIT_JOB_HIGH_BG,
    SUBMIT_JOB_LOW_BG,
    SUBMIT_REDUCE_JOB_BACKGROUND,
    req,
)
from tests.stores.sql_kinds import MysqlKind, PostgresKind
from tests.support.gearfast_process import gearfast
from tests.support.peers import gearmand, gearmand_path

LATER = 2_000_000_000
JOBS = [
    req(SUBMIT_JOB_LOW_BG, b"f", b"low", b"1"),
    req(SUBMIT_JOB_BG, b"f", b"it's", b"\0\xff\\"),
    req(SUBMIT_JOB_BG, "größe".encode(), "ü".encode(), b"3"),
    req(SUBMIT_JOB_HIGH_BG, b"f", b"h" * 63, b"4" * 100_000),
    req(SUBMIT_JOB_BG, b"f", b"empty", b""),
    req(SUBMIT_JOB_EPOCH, b"delayed", b"later", b"%d" % LATER, b"5"),
]
KEPT = [
    (b"low", b"f", 2, b"1", 0, None),
    (b"it's", b"f", 1, b"\0\xff\\", 0, None),
    ("ü".encode(), "größe".encode(), 1, b"3", 0, None),
    (b"h" * 63, b"f", 0, b"4" * 100_000, 0, None),
    (b"empty", b"f", 1, None, 0, None),
    (b"later", b"delayed", 1, b"5", LATER, None),
]
TO_DO = {(add[1], add[0], add[3] or b"") for add in KEPT if add[1] == b"f"}


@pytest.fixture(params=[PostgresKind, MysqlKind], ids=["postgres", "mysql"])
def kind(request: pytest.FixtureRequest, tmp_path: Path) -> PostgresKind | MysqlKind:
    require(gearmand_path() is not None, "gearmand is missing (Debian: gearman-job-server)")
    made: PostgresKind | MysqlKind = request.param(tmp_path)
    return made


def found(kind: PostgresKind | MysqlKind) -> list[Add]:
    store = kind.store()
    store.open()
    try:
        return [row[1:] for row in store.read()]
    finally:
        store.close()


def test_gearfast_carries_on_what_gearmand_left(kind: PostgresKind | MysqlKind) -> None:
    with gearmand(*kind.options) as server:
        submit(server.port, *JOBS)
    assert sorted(found(kind)) == sorted(KEPT)
    with gearfast(*kind.options, "--verbose", "NOTICE") as ours:
        ours.wait_for_log("6 jobs were in")
        assert work_off(ours.port) == TO_DO
    assert len(found(kind)) == 2


def test_gearmand_carries_on_what_gearfast_left(kind: PostgresKind | MysqlKind) -> None:
    """It finishes jobs whose uniques were empty, and adds some of its own.

    None has a quote in its unique: gearmand leaves it bare in its DELETE, and closes the worker's connection.
    """
    with gearfast(*kind.options) as ours:
        submit(ours.port, *[job for job in JOBS if b"it's" not in job])
        submit(ours.port, *[req(SUBMIT_JOB_BG, b"f", unique, b"7") for unique in (b"", b"", b"-")])
        submit(ours.port, req(SUBMIT_REDUCE_JOB_BACKGROUND, b"f", b"r", b"red", b"", b"8"))
    with gearmand(*kind.options) as server:
        submit(server.port, req(SUBMIT_JOB_BG, b"other", b"new", b"9"))
        jobs = work_off(server.port)
        made = {job for job in jobs if job[1].startswith(b"gearfast:")}
        assert [job[2] for job in made] == [b"7"] * 3
        assert jobs - made >= (TO_DO - {(b"f", b"it's", b"\0\xff\\")}) | {(b"f", b"r", b"8")}
    with gearfast(*kind.options, "--verbose", "NOTICE") as ours:
        ours.wait_for_log("jobs were in")
    assert (b"new", b"other", 1, b"9", 0, None) in found(kind)
