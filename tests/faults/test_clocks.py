"""Clocks that jump."""

from __future__ import annotations

import pytest

from tests.faults.host import served
from tests.faults.judging import check_rest, told
from tests.faults.plan import ALWAYS, Plan, Point
from tests.faults.story import check_account, check_whole, work_off
from tests.protocol.peer import Peer
from tests.protocol.wire import (
    CAN_DO,
    CAN_DO_TIMEOUT,
    GRAB_JOB,
    JOB_ASSIGN,
    JOB_CREATED,
    NO_JOB,
    NOOP,
    PRE_SLEEP,
    SUBMIT_JOB_BG,
    SUBMIT_JOB_EPOCH,
    req,
)

HOUR = 3_600_000
JUMPS = [
    (Point.MONOTONIC, -50),
    (Point.MONOTONIC, 2000),
    (Point.WALL, -HOUR),
    (Point.WALL, HOUR),
    (Point.WALL, -1),
]


@pytest.mark.parametrize(("clock", "milliseconds"), JUMPS)
def test_jobs_are_done_whatever_the_clocks_do(
    plan: Plan, threads: int, clock: Point, milliseconds: int
) -> None:
    with served(threads) as server:
        with plan.fault(clock, milliseconds, every=10, most=ALWAYS) as rule:
            check_whole(story := told(server))
            check_account(story, work_off(server.port))
            assert rule.done > 0
        check_rest(server)


@pytest.mark.parametrize("back", [-500, -HOUR])
def test_a_timeout_comes_though_time_has_gone_back(plan: Plan, threads: int, back: int) -> None:
    """Later by the jump, if the clock stays where it is: here it comes back."""
    with served(threads) as server, Peer(server.port) as worker, Peer(server.port) as client:
        worker.send(req(CAN_DO_TIMEOUT, b"f", b"200"))
        worker.settle()
        client.submit(SUBMIT_JOB_BG, b"f", b"", b"")
        worker.send(req(GRAB_JOB))
        worker.receive_kind(JOB_ASSIGN)
        with plan.fault(Point.MONOTONIC, back):
            client.settle()
        plan.reset_clocks()
        client.settle()
        worker_is_asked_again(server.port)


def worker_is_asked_again(port: int) -> None:
    """Another one sleeps until the job is its own."""
    with Peer(port) as other:
        other.can_do(b"f")
        other.send(req(GRAB_JOB))
        while (packet := other.receive()).kind != JOB_ASSIGN:
            if packet.kind == NO_JOB:
                other.send(req(PRE_SLEEP))
            elif packet.kind == NOOP:
                other.send(req(GRAB_JOB))


def test_a_delayed_job_runs_when_the_wall_clock_says_so(plan: Plan, threads: int) -> None:
    """It is due in half an hour, and the clock is put forward by an hour."""
    import time

    due = b"%d" % (time.time() + 1800)
    with served(threads) as server, Peer(server.port) as worker, Peer(server.port) as client:
        worker.can_do(b"f")
        client.send(req(SUBMIT_JOB_EPOCH, b"f", b"", due, b""))
        client.receive_kind(JOB_CREATED)
        worker.send(req(GRAB_JOB))
        worker.receive_kind(NO_JOB)
        worker.send(req(PRE_SLEEP))
        worker.settle()
        with plan.fault(Point.WALL, HOUR):
            worker.expect_noop()
        worker.send(req(CAN_DO, b"f"), req(GRAB_JOB))
        worker.receive_kind(JOB_ASSIGN)
