"""A client leaves before its job is done."""

from __future__ import annotations

import pytest

from tests.protocol.golden.errors import RESULT_FOR_NO_JOB
from tests.protocol.running import Running
from tests.protocol.server import Counts, Server
from tests.protocol.wire import (
    CANT_DO,
    GET_STATUS_UNIQUE,
    GRAB_JOB,
    JOB_ASSIGN,
    NO_JOB,
    NOOP,
    PRE_SLEEP,
    STATUS_RES_UNIQUE,
    SUBMIT_JOB,
    SUBMIT_JOB_BG,
    SUBMIT_JOB_HIGH,
    SUBMIT_JOB_LOW,
    SUBMIT_REDUCE_JOB,
    WORK_COMPLETE,
    WORK_DATA,
    WORK_FAIL,
    WORK_STATUS,
    WORK_WARNING,
    req,
    res,
)


@pytest.mark.parametrize("kind", [SUBMIT_JOB, SUBMIT_JOB_HIGH, SUBMIT_JOB_LOW, SUBMIT_REDUCE_JOB])
def test_a_waiting_job_goes_with_its_last_client(server: Server, kind: int) -> None:
    function, more = server.fresh(), [b"red", b""] if kind == SUBMIT_REDUCE_JOB else []
    clients = server.peers(2)
    for client in clients:
        client.submit(kind, function, b"same", *more, b"abc")
    server.leave(clients.pop())
    assert server.counts(function) == Counts(1, 0, 0)
    server.leave(clients.pop())
    worker = server.worker(function)
    worker.send(req(PRE_SLEEP), req(GRAB_JOB))
    worker.expect(res(NO_JOB))
    assert server.counts(function) == Counts(0, 0, 1)


def test_the_other_clients_hear_the_end(server: Server) -> None:
    job = Running(server, SUBMIT_JOB, b"same")
    leaving, staying = server.peers(2)
    assert leaving.submit(SUBMIT_JOB, job.function, b"same", b"") == job.handle
    assert staying.submit(SUBMIT_JOB, job.function, b"same", b"") == job.handle
    server.leave(leaving)
    server.leave(job.client)
    job.worker.send(req(WORK_COMPLETE, job.handle, b"done"))
    staying.expect(res(WORK_COMPLETE, job.handle, b"done"))
    staying.expect_silence()


@pytest.mark.parametrize("final", [WORK_COMPLETE, WORK_FAIL])
def test_a_running_job_goes_on_without_its_client(server: Server, final: int) -> None:
    job = Running(server)
    server.leave(job.client)
    job.worker.expect_silence()
    assert server.counts(job.function) == Counts(1, 1, 1)
    job.worker.send(req(WORK_DATA, job.handle, b"x"), req(WORK_WARNING, job.handle, b"y"))
    job.worker.send(req(WORK_STATUS, job.handle, b"1", b"2"))
    job.worker.expect_silence()
    assert job.status() == [b"1", b"1", b"1", b"2"]
    job.worker.send(req(final, job.handle, *([b""] if final == WORK_COMPLETE else [])))
    job.worker.expect_silence()
    assert server.counts(job.function) == Counts(0, 0, 1)


def test_a_running_job_without_client_is_not_done_again(server: Server) -> None:
    job = Running(server)
    server.leave(job.client)
    job.worker.send(req(CANT_DO, job.function), req(WORK_COMPLETE, job.handle, b""))
    job.worker.expect(RESULT_FOR_NO_JOB)
    other = job.enlist()
    other.send(req(GRAB_JOB))
    other.expect(res(NO_JOB))
    assert server.counts(job.function) == Counts(0, 0, 1)


def test_a_running_job_without_client_wakes_nobody_when_it_is_given_up(gearfast: Server) -> None:
    job = Running(gearfast)
    gearfast.leave(job.client)
    other = job.enlist()
    other.send(req(PRE_SLEEP))
    gearfast.leave(job.worker)
    other.expect_silence()
    assert gearfast.counts(job.function) == Counts(0, 0, 1)


def test_background_jobs_do_not_need_their_client(server: Server) -> None:
    function, client = server.fresh(), server.peer()
    handles = [client.submit(SUBMIT_JOB_BG, function, unique, b"") for unique in (b"", b"one", b"two")]
    server.leave(client)
    assert server.counts(function) == Counts(3, 0, 0)
    worker = server.worker(function)
    for handle in handles:
        worker.send(req(GRAB_JOB))
        worker.expect(res(JOB_ASSIGN, handle, function, b""))


def test_who_attaches_to_a_running_job_without_client_hears_the_end(server: Server) -> None:
    job = Running(server, SUBMIT_JOB, b"same")
    server.leave(job.client)
    late = server.peer()
    assert late.submit(SUBMIT_JOB, job.function, b"same", b"") == job.handle
    job.worker.send(req(WORK_COMPLETE, job.handle, b"done"))
    late.expect(res(WORK_COMPLETE, job.handle, b"done"))


def test_the_count_of_clients_falls(server: Server) -> None:
    function, unique = server.fresh(), server.fresh()
    clients = server.peers(3)
    for client in clients:
        client.submit(SUBMIT_JOB, function, unique, b"")
    for left in (b"3", b"2", b"1"):
        server.admin.send(req(GET_STATUS_UNIQUE, unique))
        server.admin.expect(res(STATUS_RES_UNIQUE, unique, b"1", b"0", b"0", b"0", left))
        server.leave(clients.pop())


def test_an_abandoned_job_leaves_the_tables_at_once(gearfast: Server) -> None:
    function, unique, client = gearfast.fresh(), gearfast.fresh(), gearfast.peer()
    handle = client.submit(SUBMIT_JOB, function, unique, b"")
    gearfast.leave(client)
    assert gearfast.counts(function) == Counts(0, 0, 0)
    assert handle not in gearfast.jobs()
    gearfast.admin.send(req(GET_STATUS_UNIQUE, unique))
    gearfast.admin.expect(res(STATUS_RES_UNIQUE, unique, b"0", b"0", b"0", b"0", b"0"))


def test_an_abandoned_job_does_not_keep_workers_awake(gearfast: Server) -> None:
    function, client = gearfast.fresh(), gearfast.peer()
    client.submit(SUBMIT_JOB, function, b"", b"")
    worker = gearfast.worker(function)
    worker.send(req(PRE_SLEEP))
    worker.expect(res(NOOP))
    gearfast.leave(client)
    worker.send(req(GRAB_JOB), req(PRE_SLEEP))
    worker.expect(res(NO_JOB))
    worker.expect_silence()
