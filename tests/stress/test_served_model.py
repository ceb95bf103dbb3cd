"""The whole server does what the model of the rules does, step by step over real sockets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import initialize, run_state_machine_as_test

from tests.core.effects import EVERYBODY, Options
from tests.core.machine import CoreMachine, details
from tests.core.rules.world import Rest
from tests.protocol.wire import CAN_DO, CAN_DO_TIMEOUT, SUBMIT_JOB_EPOCH, SUBMIT_JOB_SCHED
from tests.stress.served_pair import ServedPair

SHORT, LONG = (b"10", b"1500", b"2500ms"), b"1000000"  # ms; no run is as long as the latter
EFFORT = settings(
    max_examples=25,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


class ServedMachine(CoreMachine):
    """As CoreMachine, but nothing that is said has anything to do with time.

    All sleepers are woken for each job, and nobody learns a function in its sleep: so nobody is left over to
    be woken when another does not come in time.
    """

    threads = 0

    @initialize(details=details)
    def start(self, details: dict[str, Any]) -> None:
        options = replace(self.options, **(details | {"memory_limit": 0, "job_lease": 0}))
        self.pair = ServedPair(options, self.threads)
        self.seconds: dict[int, bytes] = {}
        self.in_order = True

    def say(self, slot: int, kind: int, *args: bytes) -> None:
        if kind in (SUBMIT_JOB_EPOCH, SUBMIT_JOB_SCHED):
            return
        if kind in (CAN_DO, CAN_DO_TIMEOUT) and self.here(slot).connection(slot).rest is Rest.ASLEEP:
            return
        if kind == CAN_DO_TIMEOUT and args[1] in SHORT:
            args = (args[0], LONG)
        super().say(slot, kind, *args)


@pytest.mark.timeout(840)
@pytest.mark.parametrize(
    ("threads_", "compat", "round_robin"), [(0, 20, False), (1, 11, False), (4, 20, False), (4, 11, True)]
)
def test_the_server_does_what_the_model_does(threads_: int, compat: int, round_robin: bool) -> None:
    class Machine(ServedMachine):
        threads = threads_
        options = Options(compat=compat, round_robin=round_robin, wakeup=EVERYBODY)

    run_state_machine_as_test(Machine, settings=EFFORT)
