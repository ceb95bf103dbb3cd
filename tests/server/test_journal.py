"""The journal between a serving engine and its store: what a batch has in it, and how SQLite gets it."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from gearfast._native.journal import Journal, made_unique
from gearfast.server.durability import Durability
from gearfast.stores.base import Batch, StoreError
from gearfast.stores.sqlite import SqliteStore
from tests.protocol.peer import Peer
from tests.protocol.wire import (
    GRAB_JOB,
    JOB_ASSIGN,
    JOB_CREATED,
    SUBMIT_JOB,
    SUBMIT_JOB_BG,
    SUBMIT_JOB_EPOCH,
    SUBMIT_JOB_HIGH_BG,
    SUBMIT_JOB_LOW_BG,
    SUBMIT_REDUCE_JOB_BACKGROUND,
    WORK_COMPLETE,
    req,
)
from tests.support.engine_host import start_engine
from tests.support.patience import eventually

MADE = re.compile(rb"gearfast:(-?):[0-9a-f]{16}:[0-9a-f]{8}")


@contextmanager
def serving() -> Iterator[tuple[Journal, int]]:
    """A journal whose store is the test, and the port of its engine. Submits are answered at once."""
    settings = {"queue_type": "libsqlite3", "libsqlite3_db": "unused", "durability": Durability.ASYNC}
    engine, port = start_engine(settings)
    journal = engine.journal
    assert journal is not None
    journal.begin()
    try:
        journal.all_restored()
        yield journal, port
    finally:
        journal.close()
        engine.stop()


@pytest.fixture
def served() -> Iterator[tuple[Journal, Peer, Peer]]:
    """The journal, a client, and a worker that can do f."""
    with serving() as (journal, port), Peer(port) as client, Peer(port) as worker:
        worker.can_do(b"f")
        yield journal, client, worker


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(str(tmp_path / "queue.db"))
    store.open()
    with closing(store):
        yield store


def submit(client: Peer, *packets: bytes) -> None:
    client.send(*packets)
    for _ in packets:
        client.receive_kind(JOB_CREATED)
    pass_on(client)


def work(worker: Peer, count: int) -> None:
    for _ in range(count):
        worker.send(req(GRAB_JOB))
        handle = worker.receive_kind(JOB_ASSIGN).args[0]
        worker.send(req(WORK_COMPLETE, handle, b""))
    pass_on(worker)


def pass_on(peer: Peer) -> None:
    """Records are handed over after the answers of the same turn: the second turn is a later one."""
    peer.settle()
    peer.settle()


def bg(unique: bytes, data: bytes = b"") -> bytes:
    return req(SUBMIT_JOB_BG, b"f", unique, data)


def keys(store: SqliteStore) -> list[bytes]:
    return [row[1] for row in store.read()]


def test_a_job_that_came_and_went_leaves_no_trace(served: tuple[Journal, Peer, Peer]) -> None:
    journal, client, worker = served
    submit(client, bg(b"1"), bg(b"2"), bg(b"3", b"data"))
    work(worker, 2)
    assert journal.take(wait=False) == Batch([(b"3", b"f", 1, b"data", 0, None)], [])
    journal.committed()
    assert journal.take(wait=False) is None


def test_a_job_that_stood_for_a_row_and_went_leaves_none(served: tuple[Journal, Peer, Peer]) -> None:
    journal, client, worker = served
    client.send(req(SUBMIT_JOB, b"f", b"u", b"new"))
    client.receive_kind(JOB_CREATED)
    journal.restore([(1, b"u", b"f", 1, b"old", 0, None), (2, b"v", b"g", 1, b"", 0, None)])
    eventually(lambda: worker.ask_table(b"status"), lambda told: b"g\t1" in told, "both rows to be read")
    work(worker, 1)
    assert journal.take(wait=False) == Batch([], [(b"u", b"f")])


def test_a_job_of_an_earlier_batch_is_done(served: tuple[Journal, Peer, Peer]) -> None:
    journal, client, worker = served
    submit(client, bg(b"1"), bg(b"2"))
    assert journal.take(wait=False) is not None
    journal.committed()
    work(worker, 1)
    submit(client, bg(b"1"))
    assert journal.take(wait=False) == Batch([(b"1", b"f", 1, b"", 0, None)], [(b"1", b"f")])


def test_many_jobs_of_one_batch(served: tuple[Journal, Peer, Peer]) -> None:
    journal, client, worker = served
    submit(client, *(bg(b"%d" % number) for number in range(2000)))
    work(worker, 1500)
    batch = journal.take(wait=False)
    assert batch is not None
    assert [add[0] for add in batch.adds] == [b"%d" % number for number in range(1500, 2000)]
    assert batch.dones == []


def test_every_part_of_a_job_is_written(served: tuple[Journal, Peer, Peer], store: SqliteStore) -> None:
    journal, client, _ = served
    later = int(time.time()) + 1000
    submit(
        client,
        req(SUBMIT_JOB_LOW_BG, b"low \xff", b"un\xc3\xafque \xff", b"\0data\xff"),
        req(SUBMIT_JOB_HIGH_BG, b"high", b"", b""),
        req(SUBMIT_REDUCE_JOB_BACKGROUND, b"f", b"-", b"red\xff", b"", b"x" * 100_000),
        req(SUBMIT_JOB_EPOCH, b"f", b"u" * 64, b"%d" % later, b"1"),
    )
    journal.write(store.database, wait=False)
    low, high, reduced, delayed = (row[1:] for row in store.read())
    assert low == (b"un\xc3\xafque \xff", b"low \xff", 2, b"\0data\xff", 0, None)
    assert MADE.fullmatch(high[0])
    assert made_unique(high[0]) == b""
    assert high[1:] == (b"high", 0, b"", 0, None)
    assert MADE.fullmatch(reduced[0])
    assert made_unique(reduced[0]) == b"-"
    assert reduced[1:] == (b"f", 1, b"x" * 100_000, 0, b"red\xff")
    assert delayed == (b"u" * 64, b"f", 1, b"1", later, None)


def test_what_is_written_natively_is_removed(served: tuple[Journal, Peer, Peer], store: SqliteStore) -> None:
    journal, client, worker = served
    submit(client, bg(b"1"), bg(b""), bg(b"-", b"data"), bg(b"4"))
    journal.write(store.database, wait=False)
    work(worker, 3)
    submit(client, bg(b"5"))
    journal.write(store.database, wait=False)
    assert keys(store) == [b"4", b"5"]


@pytest.mark.parametrize("count", [15, 16, 17, 40])
def test_many_jobs_are_written_in_their_order(
    served: tuple[Journal, Peer, Peer], store: SqliteStore, count: int
) -> None:
    """And what is done before what comes, of the same names."""
    journal, client, worker = served
    names = [b"%d" % (number * 7 % count) for number in range(count)]
    reduced = req(SUBMIT_REDUCE_JOB_BACKGROUND, b"g", b"u", b"red", b"", b"data")
    jobs = [bg(name, b"old") for name in names]
    submit(client, *jobs[:3], reduced, *jobs[3:])
    journal.write(store.database, wait=False)
    old = [(name, b"f", b"old", None) for name in names]
    kept = (b"u", b"g", b"data", b"red")
    select = "SELECT unique_key, function_name, data, reducer FROM gearman_queue ORDER BY rowid"
    assert store.database.query(select) == [*old[:3], kept, *old[3:]]
    work(worker, count)
    submit(client, *(bg(name, b"new") for name in names))
    journal.write(store.database, wait=False)
    assert store.database.query(select) == [kept, *((name, b"f", b"new", None) for name in names)]


def test_a_batch_that_fails_is_written_again_whole(
    served: tuple[Journal, Peer, Peer], store: SqliteStore, tmp_path: Path
) -> None:
    """The trigger fails the second of three: nothing of the batch stays."""
    journal, client, worker = served
    fails = (
        "CREATE TRIGGER fails BEFORE INSERT ON gearman_queue"
        " WHEN NEW.unique_key = '2' BEGIN SELECT RAISE(ABORT, 'not this one'); END"
    )
    store.database.query(fails)
    submit(client, bg(b"1"), bg(b"2"), bg(b"3"))
    with pytest.raises(StoreError, match="not this one"):
        journal.write(store.database, wait=False)
    with pytest.raises(StoreError, match="not this one"):
        journal.write_again(store.database)
    with closing(sqlite3.connect(tmp_path / "queue.db")) as db:
        assert db.execute("SELECT * FROM gearman_queue").fetchall() == []
    work(worker, 1)
    store.open()
    store.database.query("DROP TRIGGER fails")
    journal.write_again(store.database)
    journal.committed()
    assert keys(store) == [b"1", b"2", b"3"]
    journal.write(store.database, wait=False)
    [(left,)] = store.database.query("SELECT count(*) FROM gearman_queue")
    assert left == 2


def test_a_stop_lets_go_of_a_batch_that_failed(store: SqliteStore) -> None:
    """The engine's pools want all their blocks back; a build with assertions would end here."""
    with serving() as (journal, port), Peer(port) as client:
        submit(client, bg(b"1"))
        store.database.query("DROP TABLE gearman_queue")
        with pytest.raises(StoreError, match="no such table"):
            journal.write(store.database, wait=False)
