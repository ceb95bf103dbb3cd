"""A store that errs at each of its calls in turn: what was acknowledged is kept, what was refused is not."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest

from gearfast.stores.base import StoreError
from gearfast.stores.sqlite import SqliteStore
from tests.faults.failing_store import FailingStore
from tests.faults.host import served
from tests.faults.plan import ALWAYS, Plan, Point
from tests.faults.teller import HungUp, Teller
from tests.protocol.wire import (
    CAN_DO,
    ERROR,
    GRAB_JOB,
    JOB_ASSIGN,
    JOB_CREATED,
    SUBMIT_JOB_BG,
    WORK_COMPLETE,
    req,
)
from tests.server.test_journal import serving
from tests.support.patience import eventually

BEFORE = {b"before %d" % number for number in range(3)}
COLUMNS = "unique_key, function_name, priority, data, when_to_run"
JOBS = [b"job %d" % number for number in range(6)]


class Jobs:
    """By their data: what became of the background jobs of one server's life."""

    def __init__(self) -> None:
        self.acknowledged: set[bytes] = set()
        self.refused: set[bytes] = set()
        self.finished: set[bytes] = set()
        self.uncertain: set[bytes] = set()  # hung up on with the result on its way


def submit(client: Teller, data: bytes, jobs: Jobs) -> None:
    """Refused while the store fails, or for want of memory."""
    refusals = client.refusals
    for packet in client.ask(req(SUBMIT_JOB_BG, b"f", b"", data)):
        if packet.kind == JOB_CREATED:
            jobs.acknowledged.add(data)
        else:
            assert packet.kind == ERROR
            assert packet.body.startswith(b"QUEUE_ERROR\0The store libsqlite3 fails: ")
            jobs.refused.add(data)
    if client.refusals > refusals:
        jobs.refused.add(data)


def work(worker: Teller, jobs: Jobs) -> bool:
    """Do one job if there is any."""
    found = [packet for packet in worker.ask(req(GRAB_JOB)) if packet.kind == JOB_ASSIGN]
    for packet in found:
        handle, _, data = packet.body.split(b"\0", 2)
        jobs.uncertain.add(data)
        assert worker.ask(req(WORK_COMPLETE, handle, b"")) == []
        jobs.uncertain.remove(data)
        jobs.finished.add(data)
    return bool(found)


def live(port: int) -> Jobs:
    """Submits and works, in turn, until it is hung up on if it is."""
    jobs = Jobs()
    with suppress(HungUp), Teller(port) as client, Teller(port) as worker:
        worker.ask(req(CAN_DO, b"f"))
        for number, data in enumerate(JOBS):
            submit(client, data, jobs)
            if number % 2:
                work(worker, jobs)
    return jobs


def opened(path: Path) -> SqliteStore:
    store = SqliteStore(str(path))
    store.open()
    return store


def query(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as db, db:
        return db.execute(sql).fetchall()


def fill(path: Path) -> None:
    """Jobs from before, and a row that is none."""
    with served(0, opened(path)) as server, Teller(server.port) as client:
        for data in BEFORE:
            [packet] = client.ask(req(SUBMIT_JOB_BG, b"f", b"", data))
            assert packet.kind == JOB_CREATED
    query(path, f"INSERT INTO gearman_queue ({COLUMNS}) VALUES ('damaged', 'f', 9, 'data', 0)")


def left(path: Path) -> set[bytes]:
    """What the next server finds, to the last job."""
    with served(0, opened(path)) as server, Teller(server.port) as worker:
        worker.ask(req(CAN_DO, b"f"), req(SUBMIT_JOB_BG, b"f", b"", b"when all are read"))
        jobs = Jobs()
        while work(worker, jobs):
            pass
    return jobs.finished - {b"when all are read"}


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
