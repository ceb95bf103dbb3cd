"""Random clients and workers over real sockets, in bursts, against rules that hold whatever the order."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings

from tests.stress.actions import FUNCTIONS, PEERS, Burst, scripts
from tests.stress.crowd import Crowd
from tests.support.engine_process import EngineProcess

EXAMPLES = 80
WAKE_AUTO, WAKE_ALL = -1, 0

_numbers = itertools.count(1)


@pytest.fixture(
    scope="module",
    params=[(0, WAKE_AUTO), (1, WAKE_ALL), (4, WAKE_AUTO), (4, WAKE_ALL)],
    ids=["t0", "t1-all", "t4", "t4-all"],
)
def server(request: pytest.FixtureRequest) -> Iterator[tuple[int, int]]:
    """The port, and how many workers a job wakes."""
    threads, wakeup = request.param
    with EngineProcess(threads=threads, worker_wakeup=wakeup) as engine:
        yield engine.port, wakeup


@pytest.mark.timeout(600)
@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
@given(scripts())
def test_rules_hold_whatever_the_order(server: tuple[int, int], script: list[Burst]) -> None:
    port, wakeup = server
    with closing(Crowd(port, b"crowd%d" % next(_numbers), PEERS, FUNCTIONS, wakeup)) as crowd:
        for burst in script:
            for number, action in burst:
                action.act(crowd, crowd.actors[number])
            crowd.settle()
        crowd.wind_up()
