"""The soak's own judgement: a job that was lost and memory that grows are found out."""

from __future__ import annotations

import random

import pytest

from tests.soak.held import slope
from tests.soak.mortals import mortals
from tests.support.gearfast_process import gearfast
from tests.support.patience import eventually

NOBODYS = 10**9


def test_a_job_that_no_worker_was_given_is_lost() -> None:
    with gearfast("-t", "0") as server, mortals(server, random.Random(7)) as some:
        eventually(lambda: some.jobs, bool, "a job to be acknowledged")
        some.kill_one()
        some.acknowledged.add(NOBODYS)
        with pytest.raises(AssertionError, match=f"1 acknowledged jobs were lost, such as .{NOBODYS}"):
            some.settle()


def test_the_slope_of_memory() -> None:
    assert slope([(10.0, 1000), (20.0, 1000), (30.0, 1000)]) == 0
    assert slope([(10.0, 1000), (20.0, 3000), (30.0, 5000)]) == pytest.approx(200)
