"""Threads that are late where they hand something over, sleep or wake up."""

from __future__ import annotations

import errno

import pytest

from tests.faults.plan import ALWAYS, SHORT, Plan, Point
from tests.stress.resting import drop_functions, expect_rest, held
from tests.support.engine_process import EngineProcess
from tests.support.load.driver import running_load

SECONDS = 1.5


@pytest.mark.parametrize(("every", "microseconds"), [(3, 300), (50, 20_000)])
def test_late_threads_keep_every_promise(plan: Plan, threads: int, every: int, microseconds: int) -> None:
    with EngineProcess(threads=threads) as engine:
        before = held(engine)
        with plan.fault(Point.HAND_OVER, microseconds, every=every, most=ALWAYS) as rule:
            with running_load(engine.port, SECONDS) as load:
                load.finish()
            assert rule.done > 100
        drop_functions(engine.port)
        expect_rest(engine, before)
        assert engine.log() == []


def test_a_bad_network_and_late_threads(plan: Plan, threads: int) -> None:
    with EngineProcess(threads=threads) as engine:
        before = held(engine)
        with (
            plan.fault(Point.HAND_OVER, 200, every=5, most=ALWAYS),
            plan.fault(Point.RECEIVE, SHORT, every=7, most=ALWAYS),
            plan.fault(Point.SEND, errno.EAGAIN, every=3, most=ALWAYS),
            plan.fault(Point.WAIT, errno.EINTR, every=4, most=ALWAYS),
            running_load(engine.port, SECONDS) as load,
        ):
            load.finish()
        drop_functions(engine.port)
        expect_rest(engine, before)
