"""What a peer of the crowd may do, as values that hypothesis draws, shrinks and prints."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Protocol

from hypothesis import strategies as st

from tests.protocol.wire import (
    SUBMIT_JOB,
    SUBMIT_JOB_BG,
    SUBMIT_JOB_HIGH,
    SUBMIT_JOB_HIGH_BG,
    SUBMIT_JOB_LOW,
    SUBMIT_JOB_LOW_BG,
    WORK_COMPLETE,
    WORK_EXCEPTION,
    WORK_FAIL,
)
from tests.stress.actor import Actor, Submit
from tests.stress.crowd import Crowd

PEERS, FUNCTIONS, UNIQUES = 6, 3, 4
FOREGROUND = (SUBMIT_JOB, SUBMIT_JOB_HIGH, SUBMIT_JOB_LOW)
BACKGROUND = (SUBMIT_JOB_BG, SUBMIT_JOB_HIGH_BG, SUBMIT_JOB_LOW_BG)

_numbers = itertools.count(1)


class Action(Protocol):
    """Done at once, without waiting for an answer."""

    def act(self, crowd: Crowd, actor: Actor) -> None: ...


@dataclass(frozen=True)
class Submitting:
    """With a unique the data are its own, so that it does not matter which of two submits comes first."""

    kind: int
    function: int
    unique: int  # 0: none

    def act(self, crowd: Crowd, actor: Actor) -> None:
        unique = b"u%d" % self.unique if self.unique else b""
        data = unique or b"data %d" % next(_numbers)
        actor.submit(self.kind, unique, Submit(crowd.functions[self.function], data, self.kind in BACKGROUND))


@dataclass(frozen=True)
class Registering:
    function: int

    def act(self, crowd: Crowd, actor: Actor) -> None:
        actor.register(crowd.functions[self.function])


@dataclass(frozen=True)
class Unregistering:
    function: int

    def act(self, crowd: Crowd, actor: Actor) -> None:
        crowd.unregister(actor, crowd.functions[self.function])


@dataclass(frozen=True)
class Resetting:
    def act(self, crowd: Crowd, actor: Actor) -> None:
        crowd.reset(actor)


@dataclass(frozen=True)
class Grabbing:
    def act(self, crowd: Crowd, actor: Actor) -> None:
        crowd.grab(actor)


@dataclass(frozen=True)
class Sleeping:
    def act(self, _: Crowd, actor: Actor) -> None:
        actor.sleep()


@dataclass(frozen=True)
class Reporting:
    job: int

    def act(self, crowd: Crowd, actor: Actor) -> None:
        crowd.report(actor, self.job)


@dataclass(frozen=True)
class Finishing:
    job: int
    kind: int

    def act(self, crowd: Crowd, actor: Actor) -> None:
        crowd.finish(actor, self.job, self.kind)


@dataclass(frozen=True)
class Leaving:
    gracefully: bool

    def act(self, crowd: Crowd, actor: Actor) -> None:
        crowd.leave(actor, gracefully=self.gracefully)


Burst = list[tuple[int, Action]]  # the peer's number and what it does


def scripts() -> st.SearchStrategy[list[Burst]]:
    """Bursts of actions; what makes work for others is drawn more often."""
    functions = st.integers(0, FUNCTIONS - 1)
    jobs = st.integers(0, 3)
    kinds = st.sampled_from(FOREGROUND + BACKGROUND)
    submits = st.builds(Submitting, kinds, functions, st.integers(0, UNIQUES))
    results = st.builds(Finishing, jobs, st.sampled_from([WORK_COMPLETE, WORK_FAIL, WORK_EXCEPTION]))
    registrations = st.builds(Registering, functions)
    rest = st.sampled_from([Grabbing(), Sleeping()])
    rarities = st.one_of(
        st.builds(Unregistering, functions),
        st.just(Resetting()),
        st.builds(Reporting, jobs),
        st.builds(Leaving, st.booleans()),
    )
    actions = st.one_of(submits, rest, submits, rest, registrations, results, results, rarities)
    bursts = st.lists(st.tuples(st.integers(0, PEERS - 1), actions), min_size=1, max_size=15)
    return st.lists(bursts, min_size=4, max_size=16)
