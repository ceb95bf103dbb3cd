"""Random clients and workers over real sockets, in bursts, against rules that hold whatever the order.

A failed test shows its seed; CROWD_SEED=... in the environment tries it again.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.stress.actions import FUNCTIONS, PEERS, random_script
from tests.stress.crowd import Crowd
from tests.support.engine_process import EngineProcess

SCRIPTS = 25
WAKE_AUTO, WAKE_ALL = -1, 0


@pytest.fixture(
    params=[(0, WAKE_AUTO), (1, WAKE_ALL), (4, WAKE_AUTO), (4, WAKE_ALL)],
    ids=["t0", "t1-all", "t4", "t4-all"],
)
def server(request: pytest.FixtureRequest) -> Iterator[tuple[int, int]]:
    """The port, and how many workers a job wakes."""
    threads, wakeup = request.param
    with EngineProcess(threads=threads, worker_wakeup=wakeup) as engine:
        yield engine.port, wakeup


def test_rules_hold_whatever_the_order(server: tuple[int, int]) -> None:
    port, wakeup = server
    for number in range(SCRIPTS):
        seed = int(os.environ.get("CROWD_SEED", random.SystemRandom().getrandbits(32)))
        with closing(Crowd(port, b"crowd%d" % number, PEERS, FUNCTIONS, wakeup)) as crowd:
            print(f"\nCROWD_SEED={seed}")
            play(crowd, seed)


def play(crowd: Crowd, seed: int) -> None:
    """One script from beginning to end; what is printed, pytest shows if it fails."""
    for burst in random_script(random.Random(seed)):
        print(burst)
        for number, action in burst:
            action.act(crowd, crowd.actors[number])
        crowd.settle()
    crowd.wind_up()
