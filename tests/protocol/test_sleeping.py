"""PRE_SLEEP and NOOP: who is woken by what, with every setting of --worker-wakeup."""

from __future__ import annotations

import pytest

from tests.protocol.peer import Peer
from tests.protocol.server import Server
from tests.protocol.wire import (
    CAN_DO,
    CANT_DO,
    GRAB_JOB,
    JOB_ASSIGN,
    NO_JOB,
    NOOP,
    PRE_SLEEP,
    RESET_ABILITIES,
    RESPONSE,
    SUBMIT_JOB_BG,
    SUBMIT_JOB_EPOCH,
    SUBMIT_JOB_HIGH_BG,
    SUBMIT_JOB_LOW_BG,
    Packet,
    req,
    res,
)

wake_all = pytest.mark.options("--worker-wakeup", "0")
wake_two = pytest.mark.options("--worker-wakeup", "2")


def sleepers(server: Server, function: bytes, number: int) -> list[Peer]:
    """Workers that went to sleep in this order."""
    workers = [server.worker(function) for _ in range(number)]
    for worker in workers:
        worker.send(req(PRE_SLEEP))
        worker.expect_silence()
    return workers


def submit(server: Server, function: bytes, kind: int = SUBMIT_JOB_BG) -> bytes:
    return server.admin.submit(kind, function, b"", b"")


def woken_by_now(worker: Peer) -> bool:
    """Whether the worker has been sent a NOOP since it was last asked."""
    packets = worker.heard()
    assert packets in ([], [Packet(RESPONSE, NOOP, b"")])
    return bool(packets)


def assert_woken(workers: list[Peer], *woken: int) -> None:
    for index, worker in enumerate(workers):
        if index in woken:
            worker.expect_noop()
        worker.expect_silence()


@pytest.mark.parametrize("kind", [SUBMIT_JOB_HIGH_BG, SUBMIT_JOB_BG, SUBMIT_JOB_LOW_BG])
def test_pre_sleep_beside_a_job_of_any_priority_is_refused_each_time(server: Server, kind: int) -> None:
    function = server.fresh()
    worker = server.worker(server.fresh(), function, server.fresh())
    submit(server, function, kind)
    for _ in range(3):
        worker.send(req(PRE_SLEEP))
        worker.expect(res(NOOP))
        worker.expect_silence()


@pytest.mark.parametrize("kind", [SUBMIT_JOB_HIGH_BG, SUBMIT_JOB_BG, SUBMIT_JOB_LOW_BG])
def test_a_job_of_any_priority_wakes(server: Server, kind: int) -> None:
    function = server.fresh()
    [sleeper] = sleepers(server, function, 1)
    submit(server, function, kind)
    assert_woken([sleeper], 0)


def test_one_noop_a_sleep_however_many_jobs_come(server: Server) -> None:
    function = server.fresh()
    [sleeper] = sleepers(server, function, 1)
    handles = [submit(server, function) for _ in range(3)]
    assert_woken([sleeper], 0)
    for handle in handles:
        sleeper.send(req(GRAB_JOB))
        sleeper.expect(res(JOB_ASSIGN, handle, function, b""))
    sleeper.send(req(GRAB_JOB), req(PRE_SLEEP))
    sleeper.expect(res(NO_JOB))
    sleeper.expect_silence()
    submit(server, function)
    assert_woken([sleeper], 0)


def test_a_job_of_another_function_wakes_nobody(server: Server) -> None:
    function = server.fresh()
    workers = sleepers(server, function, 2)
    submit(server, server.fresh())
    assert_woken(workers)


def test_who_does_not_sleep_is_not_woken(server: Server) -> None:
    function = server.fresh()
    worker = server.worker(function)
    submit(server, function)
    worker.expect_silence()


def test_grab_job_ends_the_sleep(server: Server) -> None:
    function = server.fresh()
    [worker] = sleepers(server, function, 1)
    worker.send(req(GRAB_JOB))
    worker.expect(res(NO_JOB))
    submit(server, function)
    worker.expect_silence()


@wake_all
def test_every_sleeper_is_woken_when_all_are_asked_for(server: Server) -> None:
    function = server.fresh()
    workers = sleepers(server, function, 4)
    submit(server, function)
    assert_woken(workers, 0, 1, 2, 3)
    submit(server, function)
    assert_woken(workers)


@wake_two
def test_so_many_sleepers_are_woken_for_each_job(server: Server) -> None:
    function = server.fresh()
    workers = sleepers(server, function, 5)
    for expected in (2, 2, 1, 0):
        submit(server, function)
        assert sum(woken_by_now(worker) for worker in workers) == expected


@pytest.mark.options("--worker-wakeup", "1")
def test_sleepers_take_turns_when_one_is_asked_for(server: Server) -> None:
    """Oldest registration first; a new one has its turn when all others have had theirs."""
    function = server.fresh()
    workers = sleepers(server, function, 3)
    order = [who_does_a_job(server, function, workers) for _ in range(4)]
    workers += sleepers(server, function, 1)
    order += [who_does_a_job(server, function, workers) for _ in range(5)]
    assert order == [0, 1, 2, 0, 1, 2, 0, 3, 1]


def who_does_a_job(server: Server, function: bytes, workers: list[Peer]) -> int:
    """Submits a job and lets the one worker that is woken do it."""
    handle = submit(server, function)
    [woken] = [index for index, worker in enumerate(workers) if woken_by_now(worker)]
    workers[woken].send(req(GRAB_JOB), req(PRE_SLEEP))
    workers[woken].expect(res(JOB_ASSIGN, handle, function, b""))
    workers[woken].expect_silence()
    return woken


@wake_all
def test_can_do_does_not_wake_when_all_are_asked_for(server: Server) -> None:
    can_do_beside_a_job(server)


@wake_two
def test_can_do_does_not_wake_when_two_are_asked_for(server: Server) -> None:
    can_do_beside_a_job(server)


def can_do_beside_a_job(server: Server) -> None:
    function = server.fresh()
    [worker] = sleepers(server, server.fresh(), 1)
    submit(server, function)
    worker.send(req(CAN_DO, function))
    worker.expect_silence()
    submit(server, function)
    assert_woken([worker], 0)


def test_can_do_wakes_a_sleeper_that_can_have_a_job_now(gearfast: Server) -> None:
    function = gearfast.fresh()
    [worker] = sleepers(gearfast, gearfast.fresh(), 1)
    handle = submit(gearfast, function)
    worker.send(req(CAN_DO, function))
    worker.expect_noop()
    worker.send(req(GRAB_JOB))
    worker.expect(res(JOB_ASSIGN, handle, function, b""))


def test_one_job_wakes_one_sleeper_and_two_wake_two(gearfast: Server) -> None:
    function = gearfast.fresh()
    workers = sleepers(gearfast, function, 3)
    for _ in range(3):
        submit(gearfast, function)
        assert sum(woken_by_now(worker) for worker in workers) == 1
    submit(gearfast, function)
    assert not any(woken_by_now(worker) for worker in workers)


def test_a_future_job_wakes_nobody_yet(gearfast: Server) -> None:
    function = gearfast.fresh()
    workers = sleepers(gearfast, function, 2)
    gearfast.admin.submit(SUBMIT_JOB_EPOCH, function, b"", b"4000000000", b"")
    assert_woken(workers)


def test_a_noop_that_leads_to_nothing_is_handed_on(gearfast: Server) -> None:
    function = gearfast.fresh()
    workers = sleepers(gearfast, function, 3)
    submit(gearfast, function)
    still_asleep = [worker for worker in workers if not woken_by_now(worker)]
    assert len(still_asleep) == 2
    for worker in still_asleep:
        worker.expect_noop()
    assert_woken(workers)


def one_woken_of_two(server: Server, function: bytes) -> tuple[bytes, Peer, Peer]:
    """Two sleepers and a job: (handle, the one that was woken, the one that sleeps on)"""
    workers = sleepers(server, function, 2)
    handle = submit(server, function)
    woken = [worker for worker in workers if woken_by_now(worker)]
    assert len(woken) == 1
    workers.remove(woken[0])
    return handle, woken[0], workers[0]


def test_the_noop_of_a_worker_that_leaves_is_handed_on(gearfast: Server) -> None:
    function = gearfast.fresh()
    handle, woken, other = one_woken_of_two(gearfast, function)
    gearfast.leave(woken)
    assert woken_by_now(other)
    other.send(req(GRAB_JOB))
    other.expect(res(JOB_ASSIGN, handle, function, b""))


@pytest.mark.parametrize("kind", [CANT_DO, RESET_ABILITIES])
def test_the_noop_of_a_worker_that_cannot_any_more_is_handed_on(gearfast: Server, kind: int) -> None:
    function = gearfast.fresh()
    _, woken, other = one_woken_of_two(gearfast, function)
    woken.send(req(kind, function))
    woken.settle()
    assert woken_by_now(other)


def test_the_noop_of_a_worker_that_takes_another_job_is_handed_on(gearfast: Server) -> None:
    function, urgent = gearfast.fresh(), gearfast.fresh()
    _, woken, other = one_woken_of_two(gearfast, function)
    woken.can_do(urgent)
    handle = submit(gearfast, urgent, SUBMIT_JOB_HIGH_BG)
    woken.send(req(GRAB_JOB))
    woken.expect(res(JOB_ASSIGN, handle, urgent, b""))
    assert woken_by_now(other)
