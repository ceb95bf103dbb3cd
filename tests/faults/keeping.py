"""What became of the background jobs of a server with a store, and of the next one's."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from gearfast.stores.sqlite import SqliteStore
from tests.faults.host import served
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

BEFORE = {b"before %d" % number for number in range(3)}
COLUMNS = "unique_key, function_name, priority, data, when_to_run"
REFUSAL = b"QUEUE_ERROR\0The store libsqlite3 fails: "
JOBS = [b"job %d" % number for number in range(6)]


class Jobs:
    """By their data: what became of the background jobs of one server's life."""

    def __init__(self) -> None:
        self.acknowledged: set[bytes] = set()
        self.refused: set[bytes] = set()
        self.reasons: set[bytes] = set()  # the store's, why it refused
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
            assert packet.body.startswith(REFUSAL)
            jobs.reasons.add(packet.body.removeprefix(REFUSAL))
            jobs.refused.add(data)
    if client.refusals > refusals:
        jobs.refused.add(data)


def work(worker: Teller, jobs: Jobs) -> bool:
    """Do one job if there is any. None is done twice."""
    found = [packet for packet in worker.ask(req(GRAB_JOB)) if packet.kind == JOB_ASSIGN]
    for packet in found:
        handle, _, data = packet.body.split(b"\0", 2)
        assert data not in jobs.finished
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
