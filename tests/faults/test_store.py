"""A store that errs at each of its calls in turn: what was acknowledged is kept, what was refused is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from gearfast.stores.base import StoreError
from tests.faults.failing_store import FailingStore
from tests.faults.host import served
from tests.faults.keeping import BEFORE, JOBS, fill, left, live, opened, query
from tests.faults.plan import ALWAYS, Plan, Point
from tests.faults.teller import Teller
from tests.server.test_journal import serving
from tests.support.patience import eventually


@pytest.mark.parametrize("error", [StoreError, ZeroDivisionError])
@pytest.mark.parametrize("done", [False, True], ids=["not done", "done"])
@pytest.mark.parametrize("most", [1, 2])
def test_a_store_that_errs_at_every_call_in_turn(
    plan: Plan, tmp_path: Path, threads: int, most: int, done: bool, error: type[Exception]
) -> None:
    del plan
    for first in range(8):
        path = tmp_path / str(first)
        fill(path)
        store = FailingStore(opened(path), first, most, done=done, error=error)
        with served(threads, store) as server:
            jobs = live(server.port)
            eventually(store.is_failing, False.__eq__, "the store to work again")
        assert store.calls > 2
        assert jobs.acknowledged | jobs.refused == set(JOBS)
        assert left(path) == (BEFORE | jobs.acknowledged) - jobs.finished, first
        assert query(path, "SELECT count(*) FROM gearman_queue_damaged") == [(1,)]


def test_late_threads_and_a_store(plan: Plan, tmp_path: Path, threads: int) -> None:
    for every in (1, 2, 5):
        path = tmp_path / str(every)
        fill(path)
        with (
            plan.fault(Point.HAND_OVER, 5000, every=every, most=ALWAYS),
            served(threads, opened(path)) as server,
        ):
            jobs = live(server.port)
        assert jobs.acknowledged == set(JOBS)
        assert left(path) == (BEFORE | jobs.acknowledged) - jobs.finished


def test_memory_that_the_stores_side_does_not_get(plan: Plan, tmp_path: Path, threads: int) -> None:
    """One piece is refused; it may be one of a record's or of the store's lane."""
    for first in range(40):
        path = tmp_path / str(first)
        fill(path)
        store = opened(path)
        with plan.fault(Point.ALLOC, first=first):
            try:
                with served(threads, store) as server:
                    jobs = live(server.port)
            except MemoryError:
                store.close()
                continue
        found = left(path)
        kept = (BEFORE | jobs.acknowledged) - jobs.finished
        assert kept - jobs.uncertain <= found, first
        assert not jobs.refused & found, first


def test_what_the_store_says_waits_for_memory(plan: Plan) -> None:
    with serving() as (journal, port):
        with plan.fault(Point.ALLOC, most=3) as rule:
            journal.failed("no space left")
        assert rule.done > 0
        with Teller(port) as admin:
            assert admin.ask_text(b"show store").startswith(b"OK failing")
