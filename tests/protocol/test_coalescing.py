"""Submits with a unique: which of them share one job, and what each submitter hears."""

from __future__ import annotations

import itertools

import pytest

from tests.protocol.golden.errors import QUEUE_FULL
from tests.protocol.peer import Peer
from tests.protocol.running import Running
from tests.protocol.server import Counts, Server, Waiting
from tests.protocol.wire import (
    GET_STATUS_UNIQUE,
    GRAB_JOB_UNIQ,
    JOB_ASSIGN_UNIQ,
    STATUS_RES_UNIQUE,
    SUBMIT_JOB,
    SUBMIT_JOB_BG,
    SUBMIT_JOB_EPOCH,
    SUBMIT_JOB_HIGH,
    SUBMIT_JOB_HIGH_BG,
    SUBMIT_JOB_LOW,
    SUBMIT_JOB_LOW_BG,
    SUBMIT_REDUCE_JOB,
    SUBMIT_REDUCE_JOB_BACKGROUND,
    WORK_COMPLETE,
    WORK_DATA,
    WORK_STATUS,
    req,
    res,
)

MORE_ARGUMENTS = {
    SUBMIT_JOB_EPOCH: (b"0",),
    SUBMIT_REDUCE_JOB: (b"red", b""),
    SUBMIT_REDUCE_JOB_BACKGROUND: (b"red", b""),
}
FOREGROUND = [SUBMIT_JOB, SUBMIT_JOB_HIGH, SUBMIT_JOB_LOW, SUBMIT_REDUCE_JOB]
BACKGROUND = [
    SUBMIT_JOB_BG,
    SUBMIT_JOB_HIGH_BG,
    SUBMIT_JOB_LOW_BG,
    SUBMIT_JOB_EPOCH,
    SUBMIT_REDUCE_JOB_BACKGROUND,
]


def submit(peer: Peer, kind: int, function: bytes, unique: bytes, data: bytes) -> bytes:
    return peer.submit(kind, function, unique, *MORE_ARGUMENTS.get(kind, ()), data)


@pytest.mark.parametrize("first", [SUBMIT_JOB_HIGH, *BACKGROUND])
def test_kind_priority_and_data_do_not_matter(server: Server, first: int) -> None:
    for second in FOREGROUND + BACKGROUND:
        function = server.fresh()
        handle = submit(server.admin, first, function, b"same", b"first")
        assert submit(server.admin, second, function, b"same", b"second") == handle
        assert server.counts(function) == Counts(1, 0, 0)
        worker = server.worker(function)
        worker.send(req(GRAB_JOB_UNIQ))
        worker.expect(res(JOB_ASSIGN_UNIQ, handle, function, b"same", b"first"))
        worker.send(req(WORK_COMPLETE, handle, b""))
        attached = (first in FOREGROUND) + (second in FOREGROUND)
        server.admin.expect(*[res(WORK_COMPLETE, handle, b"")] * attached)
        server.admin.expect_silence()


def test_the_first_priority_stays(server: Server) -> None:
    function = server.fresh()
    for kind in (SUBMIT_JOB_LOW_BG, SUBMIT_JOB_HIGH_BG, SUBMIT_JOB_BG):
        submit(server.admin, kind, function, b"same", b"")
    assert server.waiting(function) == Waiting(0, 0, 1, 0)


@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        ((b"u", b"abc"), (b"u", b"abc"), True),
        ((b"u", b"abc"), (b"U", b"abc"), False),
        ((b"u", b"abc"), (b"u ", b"abc"), False),
        ((b"u" * 63, b"abc"), (b"u" * 63, b"def"), True),
        ((b"", b"abc"), (b"", b"abc"), False),
        ((b"-", b"abc"), (b"-", b"abc"), True),
        ((b"-", b"abc"), (b"-", b"abd"), False),
        ((b"-", b"abc"), (b"-", b"ab"), False),
        ((b"-", b""), (b"-", b""), False),
        ((b"-", b"abc"), (b"-", b""), False),
        ((b"-", b"abc"), (b"abc", b"abc"), False),
        ((b"abc", b"-"), (b"-", b"abc"), False),
        ((b"--", b"abc"), (b"--", b"def"), True),
        ((b"-", bytes(range(256)) * 1000), (b"-", bytes(range(256)) * 1000), True),
        ((b"-", bytes(range(256)) * 1000 + b"a"), (b"-", bytes(range(256)) * 1000 + b"b"), False),
    ],
)
def test_which_uniques_share_a_job(
    server: Server, first: tuple[bytes, bytes], second: tuple[bytes, bytes], shared: bool
) -> None:
    function = server.fresh()
    handles = [server.admin.submit(SUBMIT_JOB_BG, function, *arguments) for arguments in (first, second)]
    assert (handles[0] == handles[1]) == shared
    assert server.counts(function) == Counts(1 if shared else 2, 0, 0)


def test_a_unique_belongs_to_its_function(server: Server) -> None:
    handles = [server.admin.submit(SUBMIT_JOB_BG, server.fresh(), b"same", b"abc") for _ in range(3)]
    assert len(set(handles)) == 3


def test_the_dash_is_what_workers_see(server: Server) -> None:
    function = server.fresh()
    handle = server.admin.submit(SUBMIT_JOB_BG, function, b"-", b"abc")
    worker = server.worker(function)
    worker.send(req(GRAB_JOB_UNIQ))
    worker.expect(res(JOB_ASSIGN_UNIQ, handle, function, b"-", b"abc"))


def test_who_attaches_to_a_running_job_hears_from_then_on(server: Server) -> None:
    job = Running(server, SUBMIT_JOB, b"same")
    job.worker.send(req(WORK_DATA, job.handle, b"before"))
    job.client.expect(res(WORK_DATA, job.handle, b"before"))
    late = server.peer()
    assert late.submit(SUBMIT_JOB_LOW, job.function, b"same", b"") == job.handle
    job.worker.send(req(WORK_STATUS, job.handle, b"1", b"2"))
    job.worker.send(req(WORK_COMPLETE, job.handle, b"done"))
    for client in (job.client, late):
        client.expect(res(WORK_STATUS, job.handle, b"1", b"2"), res(WORK_COMPLETE, job.handle, b"done"))
        client.expect_silence()


def test_who_submits_twice_hears_everything_twice(server: Server) -> None:
    job = Running(server, SUBMIT_JOB, b"same")
    assert job.client.submit(SUBMIT_JOB, job.function, b"same", b"") == job.handle
    job.worker.send(req(WORK_DATA, job.handle, b"x"))
    job.worker.settle()
    job.worker.send(req(WORK_COMPLETE, job.handle, b"done"))
    job.client.expect(*[res(WORK_DATA, job.handle, b"x")] * 2)
    job.client.expect(*[res(WORK_COMPLETE, job.handle, b"done")] * 2)
    job.client.expect_silence()


def test_who_submits_in_the_background_hears_nothing_more(server: Server) -> None:
    job = Running(server, SUBMIT_JOB, b"same")
    other = server.peer()
    assert other.submit(SUBMIT_JOB_BG, job.function, b"same", b"") == job.handle
    job.worker.send(req(WORK_COMPLETE, job.handle, b"done"))
    job.client.expect(res(WORK_COMPLETE, job.handle, b"done"))
    other.expect_silence()


def test_a_finished_job_shares_nothing(server: Server) -> None:
    job = Running(server, SUBMIT_JOB, b"same")
    job.worker.send(req(WORK_COMPLETE, job.handle, b""))
    job.client.expect(res(WORK_COMPLETE, job.handle, b""))
    assert job.client.submit(SUBMIT_JOB, job.function, b"same", b"") != job.handle


def test_a_full_queue_still_shares(server: Server) -> None:
    function = server.fresh()
    handle = server.admin.submit(SUBMIT_JOB_BG, function, b"same", b"")
    assert server.admin.ask(b"maxqueue %s 1" % function) == b"OK\r\n"
    server.admin.send(req(SUBMIT_JOB_BG, function, b"other", b""))
    server.admin.expect(QUEUE_FULL)
    assert server.admin.submit(SUBMIT_JOB, function, b"same", b"") == handle


def test_no_handle_is_spent_on_a_shared_or_refused_job(server: Server) -> None:
    function, before = server.fresh(), server.last_handle_number()
    assert server.admin.submit(SUBMIT_JOB_BG, function, b"same", b"").endswith(b":%d" % (before + 1))
    assert server.admin.submit(SUBMIT_JOB_BG, function, b"same", b"").endswith(b":%d" % (before + 1))
    assert server.admin.ask(b"maxqueue %s 1" % function) == b"OK\r\n"
    server.admin.send(
        req(SUBMIT_JOB_BG, function, b"u" * 65, b""), req(SUBMIT_JOB_BG, function, b"other", b"")
    )
    server.admin.receive()
    server.admin.receive()
    assert server.last_handle_number() == before + 2


def test_get_status_unique_counts_every_attached_client(server: Server) -> None:
    function, unique = server.fresh(), server.fresh()
    handles = {server.peer().submit(SUBMIT_JOB, function, unique, b"") for _ in range(5)}
    handles |= {server.peer().submit(SUBMIT_JOB_BG, function, unique, b"") for _ in range(2)}
    assert len(handles) == 1
    server.admin.send(req(GET_STATUS_UNIQUE, unique))
    server.admin.expect(res(STATUS_RES_UNIQUE, unique, b"1", b"0", b"0", b"0", b"5"))


def test_many_uniques_at_once_are_kept_apart(server: Server) -> None:
    function = server.fresh()
    uniques = [bytes(pair) for pair in itertools.product(range(0x80, 0xC0), range(0x20, 0x40))]
    first = [server.admin.submit(SUBMIT_JOB_BG, function, unique, b"") for unique in uniques]
    again = [server.admin.submit(SUBMIT_JOB_BG, function, unique, b"") for unique in uniques]
    assert first == again
    assert len(set(first)) == len(uniques)
