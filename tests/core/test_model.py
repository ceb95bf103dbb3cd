"""The core does what the model of the rules does, whatever clients, workers and admins come up with.

GEARFAST_HYPOTHESIS=thorough looks much longer: half an hour.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.core.effects import AUTO, EVERYBODY, Options
from tests.core.machine import CoreMachine

EFFORTS = {
    "quick": settings(max_examples=80, stateful_step_count=50),
    "thorough": settings(max_examples=2500, stateful_step_count=80),
}
EFFORT = settings(
    EFFORTS[os.environ.get("GEARFAST_HYPOTHESIS", "quick")],
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.mark.timeout(840)
@pytest.mark.parametrize("wakeup", [AUTO, EVERYBODY, 1, 2])
@pytest.mark.parametrize(("compat", "round_robin"), [(20, False), (11, False), (11, True)])
def test_the_core_does_what_the_model_does(compat: int, round_robin: bool, wakeup: int) -> None:
    class Machine(CoreMachine):
        options = Options(compat=compat, round_robin=round_robin, wakeup=wakeup)

    run_state_machine_as_test(Machine, settings=EFFORT)
