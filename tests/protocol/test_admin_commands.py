"""What the text commands show and do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.protocol.golden.errors import QUEUE_FULL
from tests.protocol.running import Running
from tests.protocol.server import Counts, Server, Waiting
from tests.protocol.wire import (
    GRAB_JOB,
    JOB_ASSIGN,
    SET_CLIENT_ID,
    SUBMIT_JOB,
    SUBMIT_JOB_BG,
    SUBMIT_JOB_EPOCH,
    SUBMIT_JOB_HIGH_BG,
    SUBMIT_JOB_LOW_BG,
    WORK_FAIL,
    req,
    res,
)

OK = b"OK\r\n"
BUSY = b"ERR there are still connected workers or executing clients\r\n"
NOT_FOUND = b"ERR function not found\r\n"
PRIORITIES = (SUBMIT_JOB_HIGH_BG, SUBMIT_JOB_BG, SUBMIT_JOB_LOW_BG)


def test_version_is_one_word(server: Server) -> None:
    assert re.fullmatch(rb"OK [0-9]\S+\n", server.admin.ask(b"version"))


def test_verbose_is_a_level(server: Server) -> None:
    levels = b"FATAL ALERT CRITICAL ERROR WARNING NOTICE INFO DEBUG".split()
    answer = server.admin.ask(b"verbose")
    assert answer[:3] == b"OK "
    assert answer[3:-1] in levels


@pytest.mark.options("--verbose", "CRITICAL")
def test_verbose_is_the_level_asked_for(gearfast: Server) -> None:
    assert gearfast.admin.ask(b"verbose") == b"OK CRITICAL\n"


def test_status_and_prioritystatus_count_jobs(server: Server) -> None:
    function = server.fresh()
    for kind, number in zip(PRIORITIES, (4, 2, 1), strict=True):
        for _ in range(number):
            server.admin.submit(kind, function, b"", b"")
    server.admin.submit(SUBMIT_JOB_EPOCH, function, b"", b"4000000000", b"")
    assert server.counts(function) == Counts(8, 0, 0)
    assert server.waiting(function) == Waiting(4, 3, 1, 0)
    workers = [server.worker(function) for _ in range(2)]
    for worker in workers:
        worker.send(req(GRAB_JOB))
        worker.receive_kind(JOB_ASSIGN)
    assert server.counts(function) == Counts(8, 2, 2)
    assert server.waiting(function) == Waiting(2, 3, 1, 2)


def test_names_are_shown_up_to_their_nul(server: Server) -> None:
    function = server.fresh()
    server.worker(function + b"\0hidden")
    assert server.counts(function) == Counts(0, 0, 1)


def test_workers_shows_descriptor_address_and_id_of_everybody(server: Server) -> None:
    name = server.fresh()
    client = server.peer()
    client.send(req(SET_CLIENT_ID, name))
    client.settle()
    lines = server.admin.ask_table(b"workers").splitlines()
    [line] = [line for line in lines if name in line]
    match = re.fullmatch(rb"(\d+) 127\.0\.0\.1 " + name + rb" :", line)
    assert match
    descriptor = Path(f"/proc/{server.process.pid}/fd/{match[1].decode()}")
    assert descriptor.readlink().name.startswith("socket:")
    assert sum(line.endswith(b" 127.0.0.1 - :") for line in lines) >= 1


def test_workers_forgets_who_has_left(server: Server) -> None:
    name = server.fresh()
    client = server.peer()
    client.send(req(SET_CLIENT_ID, name))
    server.leave(client)
    assert name not in server.admin.ask_table(b"workers")


def test_show_jobs_tells_foreground_from_background(server: Server) -> None:
    function = server.fresh()
    foreground = server.admin.submit(SUBMIT_JOB, function, b"", b"")
    background = server.admin.submit(SUBMIT_JOB_BG, function, b"", b"")
    future = server.admin.submit(SUBMIT_JOB_EPOCH, function, b"", b"4000000000", b"")
    jobs = server.jobs()
    assert [jobs[handle] for handle in (foreground, background, future)] == [(0, 0, 0), (0, 0, 1), (0, 0, 1)]


def test_show_jobs_marks_a_running_job_nobody_wants(server: Server) -> None:
    job = Running(server)
    server.leave(job.client)
    assert server.jobs()[job.handle] == (0, 1, 0)


def test_show_unique_jobs_has_a_line_for_every_job(server: Server) -> None:
    function, unique = server.fresh(), server.fresh()
    before = server.admin.ask_table(b"show unique jobs").splitlines()
    for each in (b"", b"", b"-", unique):
        server.admin.submit(SUBMIT_JOB_BG, function, each, b"abc")
    after = server.admin.ask_table(b"show unique jobs").splitlines()
    assert sorted(after) == sorted([*before, b"", b"", b"-", unique])


def test_cancel_tells_every_client_of_a_waiting_job(server: Server) -> None:
    function, clients = server.fresh(), server.peers(3)
    handles = {client.submit(SUBMIT_JOB, function, b"same", b"") for client in clients}
    [handle] = handles
    assert server.admin.ask(b"cancel job " + handle) == OK
    for client in clients:
        client.expect(res(WORK_FAIL, handle))
        client.expect_silence()


def test_cancel_ends_a_background_job(server: Server) -> None:
    function = server.fresh()
    handle = server.admin.submit(SUBMIT_JOB_BG, function, b"", b"")
    kept = server.admin.submit(SUBMIT_JOB_BG, function, b"", b"")
    assert server.admin.ask(b"cancel job %s\r" % handle) == OK
    worker = server.worker(function)
    worker.send(req(GRAB_JOB))
    worker.expect(res(JOB_ASSIGN, kept, function, b""))
    assert server.counts(function) == Counts(1, 1, 1)


def test_create_function(server: Server) -> None:
    function = server.fresh()
    assert server.admin.ask(b"create function %s\r" % function) == OK
    assert server.counts(function) == Counts(0, 0, 0)
    server.worker(function)
    assert server.admin.ask(b"create function %s\r" % function) == OK
    assert server.counts(function) == Counts(0, 0, 1)


def test_create_function_keeps_the_case(server: Server) -> None:
    function = server.fresh().upper()
    assert server.admin.ask(b"create FUNCTION %s\r" % function) == OK
    assert server.counts(function) == Counts(0, 0, 0)
    assert server.counts(function.lower()) is None


def test_drop_function(server: Server) -> None:
    function = server.fresh()
    assert server.admin.ask(b"drop function " + function) == NOT_FOUND
    assert server.admin.ask(b"create function %s\r" % function) == OK
    assert server.admin.ask(b"drop function " + function) == OK
    assert server.counts(function) is None
    assert server.admin.ask(b"drop function " + function) == NOT_FOUND


def test_drop_function_spares_those_in_use(server: Server) -> None:
    job = Running(server)
    assert server.admin.ask(b"drop function " + job.function) == BUSY
    assert server.counts(job.function) == Counts(1, 1, 1)
    idle = server.fresh()
    worker = server.worker(idle)
    assert server.admin.ask(b"drop function " + idle) == BUSY
    server.leave(worker)
    assert server.admin.ask(b"drop function " + idle) == OK


def test_drop_function_takes_every_case_of_the_name(server: Server) -> None:
    function = server.fresh()
    spellings = [function, function.upper(), function.title()]
    for spelling in spellings[:2]:
        assert server.admin.ask(b"create function %s\r" % spelling) == OK
    server.worker(spellings[2])
    server.admin.send(b"drop function %s\n" % function.swapcase())
    answer = server.admin.heard_text()
    assert sorted(answer.splitlines(keepends=True)) == sorted([BUSY, OK, OK])
    assert [server.counts(spelling) for spelling in spellings] == [None, None, Counts(0, 0, 1)]


def test_a_dropped_function_begins_anew(server: Server) -> None:
    function, client = server.fresh(), server.peer()
    handle = client.submit(SUBMIT_JOB_BG, function, b"", b"old")
    worker = server.worker(function)
    worker.send(req(GRAB_JOB))
    worker.expect(res(JOB_ASSIGN, handle, function, b"old"))
    assert server.admin.ask(b"maxqueue %s 1" % function) == OK
    assert server.admin.ask(b"cancel job %s" % handle) == OK
    server.leave(worker)
    sweeper = server.worker(function)
    sweeper.send(req(GRAB_JOB))
    sweeper.receive()
    server.leave(sweeper)
    assert server.admin.ask(b"drop function " + function) == OK
    handles = [client.submit(SUBMIT_JOB_BG, function, b"", b"new") for _ in range(2)]
    worker = server.worker(function)
    worker.send(req(GRAB_JOB))
    worker.expect(res(JOB_ASSIGN, handles[0], function, b"new"))


def full(server: Server, function: bytes, kind: int) -> bool:
    """Whether one more job of this kind is refused."""
    server.admin.send(req(kind, function, b"", b""))
    if server.admin.receive().args[0] != b"QUEUE_ERROR":
        return False
    server.admin.send(req(kind, function, b"", b""))
    server.admin.expect(QUEUE_FULL)
    return True


def limited(server: Server, numbers: bytes) -> bytes:
    """A function with two jobs, one of them running, and these limits."""
    function = server.fresh()
    worker = server.worker(function)
    for _ in range(2):
        server.admin.submit(SUBMIT_JOB_BG, function, b"", b"")
    worker.send(req(GRAB_JOB))
    worker.receive_kind(JOB_ASSIGN)
    assert server.admin.ask(b"maxqueue " + function + numbers) == OK
    return function


@pytest.mark.parametrize(
    ("numbers", "refused"),
    [
        (b" 2", PRIORITIES),
        (b" 1", PRIORITIES),
        (b" 5", ()),
        (b" 2 0 2", (SUBMIT_JOB_HIGH_BG, SUBMIT_JOB_LOW_BG)),
        (b" 9 2 9", (SUBMIT_JOB_BG,)),
        (b" 2 9", (SUBMIT_JOB_HIGH_BG,)),
        (b" 9 2", (SUBMIT_JOB_BG,)),
        (b"", ()),
        (b" 0", ()),
        (b" -1", ()),
        (b" junk", ()),
        (b" 2x", PRIORITIES),
        (b" +2", PRIORITIES),
    ],
)
def test_maxqueue(server: Server, numbers: bytes, refused: tuple[int, ...]) -> None:
    for kind in PRIORITIES:
        assert full(server, limited(server, numbers), kind) == (kind in refused)


def test_maxqueue_can_be_lifted(server: Server) -> None:
    function = limited(server, b" 1")
    assert full(server, function, SUBMIT_JOB_BG)
    assert server.admin.ask(b"maxqueue " + function) == OK
    assert not full(server, function, SUBMIT_JOB_BG)


def test_maxqueue_does_not_make_a_function(server: Server) -> None:
    function = server.fresh()
    assert server.admin.ask(b"maxqueue %s 1" % function) == OK
    assert server.counts(function) is None
    assert not full(server, function, SUBMIT_JOB_BG)
    assert not full(server, function, SUBMIT_JOB_BG)


def test_maxqueue_lets_jobs_that_are_put_back_return(server: Server) -> None:
    job = Running(server)
    assert server.admin.ask(b"maxqueue %s 1" % job.function) == OK
    server.leave(job.worker)
    assert server.counts(job.function) == Counts(1, 0, 0)
    job.grab(job.enlist())
