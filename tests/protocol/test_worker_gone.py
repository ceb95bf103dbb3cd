"""A worker leaves, or gives its function up, with jobs in hand; and the limit of attempts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.protocol.golden.errors import RESULT_FOR_NO_JOB
from tests.protocol.peer import Peer
from tests.protocol.running import Running
from tests.protocol.server import Counts, Server
from tests.protocol.wire import (
    CANT_DO,
    GRAB_JOB,
    JOB_ASSIGN,
    NO_JOB,
    PRE_SLEEP,
    RESET_ABILITIES,
    SUBMIT_JOB,
    SUBMIT_JOB_BG,
    SUBMIT_JOB_HIGH_BG,
    SUBMIT_JOB_LOW_BG,
    WORK_COMPLETE,
    WORK_FAIL,
    WORK_STATUS,
    req,
    res,
)


def leaves(job: Running) -> None:
    job.server.leave(job.worker)


def cannot_do(job: Running) -> None:
    job.worker.send(req(CANT_DO, job.function))
    job.worker.settle()


def resets(job: Running) -> None:
    job.worker.send(req(RESET_ABILITIES))
    job.worker.settle()


Departure = Callable[[Running], None]
each_departure = pytest.mark.parametrize("depart", [leaves, cannot_do, resets])


def asleep(server: Server, function: bytes) -> Peer:
    worker = server.worker(function)
    worker.send(req(PRE_SLEEP))
    worker.expect_silence()
    return worker


@each_departure
def test_the_job_is_put_back_and_the_client_is_not_told(server: Server, depart: Departure) -> None:
    job = Running(server)
    job.worker.send(req(WORK_STATUS, job.handle, b"1", b"2"))
    job.client.expect(res(WORK_STATUS, job.handle, b"1", b"2"))
    depart(job)
    assert server.counts(job.function) == Counts(1, 0, 0)
    assert server.jobs()[job.handle] == (1, 0, 0)
    assert job.status() == [b"1", b"0", b"0", b"0"]
    job.client.expect_silence()
    other = job.enlist()
    job.grab(other)
    other.send(req(WORK_COMPLETE, job.handle, b"done"))
    job.client.expect(res(WORK_COMPLETE, job.handle, b"done"))


@each_departure
def test_a_sleeping_worker_is_woken_for_it(server: Server, depart: Departure) -> None:
    job = Running(server)
    other = asleep(server, job.function)
    depart(job)
    other.expect_noop()
    job.grab(other)


def test_who_gave_the_job_back_may_not_end_it(server: Server) -> None:
    job = Running(server)
    cannot_do(job)
    job.worker.send(req(WORK_COMPLETE, job.handle, b""), req(WORK_FAIL, job.handle))
    job.worker.expect(RESULT_FOR_NO_JOB, RESULT_FOR_NO_JOB)
    other = job.enlist()
    job.grab(other)
    job.worker.send(req(WORK_COMPLETE, job.handle, b""))
    job.worker.expect(RESULT_FOR_NO_JOB)
    job.client.expect_silence()


@pytest.mark.parametrize("kind", [SUBMIT_JOB_HIGH_BG, SUBMIT_JOB_BG, SUBMIT_JOB_LOW_BG])
def test_jobs_put_back_go_behind_those_of_their_priority(server: Server, kind: int) -> None:
    function = server.fresh()
    given = [server.admin.submit(kind, function, b"", b"") for _ in range(3)]
    worker = server.worker(function)
    for handle in given:
        worker.send(req(GRAB_JOB))
        worker.expect(res(JOB_ASSIGN, handle, function, b""))
    waiting = [server.admin.submit(kind, function, b"", b"") for _ in range(2)]
    server.leave(worker)
    other, order = server.worker(function), []
    for _ in range(5):
        other.send(req(GRAB_JOB))
        order.append(other.receive_kind(JOB_ASSIGN).args[0])
    assert order[:2] == waiting
    assert sorted(order[2:]) == sorted(given)


def test_a_background_job_survives_both_ends(server: Server) -> None:
    job = Running(server, SUBMIT_JOB_BG)
    server.leave(job.client)
    server.leave(job.worker)
    assert server.jobs()[job.handle] == (1, 0, 1)
    job.grab(job.enlist())


def attempts(server: Server, depart: Departure, kind: int, wanted: int) -> Running:
    """Lets the job be given up `wanted` times; returns after the last one."""
    job = Running(server, kind)
    for attempt in range(1, wanted + 1):
        depart(job)
        if attempt < wanted:
            assert server.jobs()[job.handle][0] == attempt
            job.worker = job.enlist()
            job.grab(job.worker)
    return job


def assert_dropped(job: Running) -> None:
    if job.kind == SUBMIT_JOB:
        job.client.expect(res(WORK_FAIL, job.handle))
    job.client.expect_silence()
    counts = job.server.counts(job.function)
    assert counts is not None
    assert counts.total == 0
    assert job.status() == [b"0", b"0", b"0", b"0"]
    other = job.enlist()
    other.send(req(GRAB_JOB))
    other.expect(res(NO_JOB))


@pytest.mark.options("--job-retries", "3")
@each_departure
@pytest.mark.parametrize("kind", [SUBMIT_JOB, SUBMIT_JOB_BG])
def test_the_job_is_dropped_at_the_limit_of_attempts(server: Server, depart: Departure, kind: int) -> None:
    assert_dropped(attempts(server, depart, kind, 3))


@pytest.mark.options("--job-retries", "1")
def test_one_attempt(server: Server) -> None:
    assert_dropped(attempts(server, leaves, SUBMIT_JOB, 1))


@pytest.mark.options("--job-retries", "0")
def test_no_retries_is_one_attempt(gearfast: Server) -> None:
    assert_dropped(attempts(gearfast, leaves, SUBMIT_JOB, 1))


@pytest.mark.options("--job-retries", "0", gearfast=("--compat", "1.1"))
def test_no_retries_is_no_limit_in_compat_1_1(server: Server) -> None:
    job = attempts(server, cannot_do, SUBMIT_JOB, 12)
    assert server.jobs()[job.handle] == (12, 0, 0)


def test_there_is_no_limit_by_default(server: Server) -> None:
    job = attempts(server, cannot_do, SUBMIT_JOB, 200)
    assert server.jobs()[job.handle] == (200, 0, 0)


def test_attempts_are_counted_beyond_a_byte(gearfast: Server) -> None:
    job = attempts(gearfast, cannot_do, SUBMIT_JOB, 300)
    assert gearfast.jobs()[job.handle] == (300, 0, 0)


@pytest.mark.options(gearfast=("--job-retries", "-1"))
def test_minus_one_is_no_limit(gearfast: Server) -> None:
    job = attempts(gearfast, cannot_do, SUBMIT_JOB, 12)
    assert gearfast.jobs()[job.handle] == (12, 0, 0)
