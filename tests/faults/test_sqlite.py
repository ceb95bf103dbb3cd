"""Each call that the store's thread makes into SQLite fails in turn, before or after it has done its work."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from gearfast.stores.base import StoreError
from gearfast.stores.sqlite import SqliteStore
from tests.faults.host import descriptors, served
from tests.faults.keeping import BEFORE, JOBS, Jobs, fill, left, live, opened, query, submit
from tests.faults.plan import ALWAYS, Plan, Point
from tests.faults.teller import Teller
from tests.support.patience import eventually

FULL, IO_ERROR = 13, 10  # SQLite's numbers
REASON = b"on purpose"
MEMORY = "/dev/shm"
STRIDES = {0: 1, 1: 7, 3: 7}  # the thread of the store is the same beside any number of others


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """In memory where there is such a place: each test commits some thousand times."""
    if not os.access(MEMORY, os.W_OK):
        yield tmp_path
        return
    with TemporaryDirectory(dir=MEMORY) as name:
        yield Path(name)


@pytest.fixture
def filled(folder: Path) -> Path:
    """A database to begin with."""
    path = folder / "filled"
    fill(path)
    return path


def wait_until_it_works(port: int) -> None:
    with Teller(port) as admin:
        eventually(
            lambda: admin.ask_text(b"show store")[:10], b"OK keeping".__eq__, "the store to work again"
        )


def calls_of_a_life(plan: Plan, threads: int, path: Path) -> int:
    with plan.count(Point.SQLITE) as asked, served(threads, opened(path)) as server:
        live(server.port)
    return asked.calls


@pytest.mark.parametrize(("how", "most"), [(FULL, 1), (-IO_ERROR, 1), (FULL, 4)])
def test_a_call_fails_in_turn(
    plan: Plan, folder: Path, filled: Path, threads: int, how: int, most: int
) -> None:
    path = folder / "queue"
    calls = calls_of_a_life(plan, threads, Path(shutil.copy(filled, path)))
    assert calls > 100
    struck = 0
    for first in range(0, calls, STRIDES[threads]):
        shutil.copy(filled, path)
        store = opened(path)
        with plan.fault(Point.SQLITE, how, first=first, most=most) as rule, served(threads, store) as server:
            jobs = live(server.port)
            if most > 1:  # a stop has one more attempt, and no more
                wait_until_it_works(server.port)
                rule.most = 0
        struck += rule.done > 0
        assert jobs.acknowledged | jobs.refused == set(JOBS)
        assert jobs.reasons <= {REASON}, first
        assert left(path) == (BEFORE | jobs.acknowledged) - jobs.finished, first
        assert query(path, "SELECT count(*) FROM gearman_queue_damaged") == [(1,)], first
    assert struck > calls // STRIDES[threads] // 2


@pytest.mark.parametrize("how", [FULL, -FULL])
def test_an_open_that_fails_leaves_nothing(plan: Plan, folder: Path, how: int) -> None:
    with plan.count(Point.SQLITE) as asked:
        opened(folder / "once").close()
    assert asked.calls > 10
    before = descriptors()
    for first in range(asked.calls):
        path = folder / str(first)
        store = SqliteStore(str(path))
        with (
            plan.fault(Point.SQLITE, how, first=first) as rule,
            pytest.raises(StoreError, match="on purpose"),
        ):
            store.open()
        assert rule.done == 1
        store.close()
        assert descriptors() == before, first
        opened(path).close()


def test_submits_are_refused_until_it_works_again(plan: Plan, filled: Path, threads: int) -> None:
    jobs = Jobs()
    with served(threads, opened(filled)) as server, Teller(server.port) as client:
        submit(client, b"first", jobs)
        with plan.fault(Point.SQLITE, FULL, most=ALWAYS) as rule:
            for data in JOBS:
                submit(client, data, jobs)
            eventually(lambda: rule.done, lambda done: done > 3, "attempts to open it again")
        assert jobs.refused == set(JOBS)
        assert jobs.reasons == {REASON}
        wait_until_it_works(server.port)
        submit(client, b"last", jobs)
    assert jobs.acknowledged == {b"first", b"last"}
    assert left(filled) == BEFORE | jobs.acknowledged
