"""What a peer of the crowd may do, as values that can be printed."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass
from typing import Protocol

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
BURSTS = 30
FOREGROUND = (SUBMIT_JOB, SUBMIT_JOB_HIGH, SUBMIT_JOB_LOW)
BACKGROUND = (SUBMIT_JOB_BG, SUBMIT_JOB_HIGH_BG, SUBMIT_JOB_LOW_BG)
ENDS = (WORK_COMPLETE, WORK_COMPLETE, WORK_FAIL, WORK_EXCEPTION)

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
class WaitingFor:
    """Asleep and able to do this."""

    function: int

    def act(self, crowd: Crowd, actor: Actor) -> None:
        if crowd.functions[self.function] not in actor.registered:
            actor.register(crowd.functions[self.function])
        actor.sleep()


@dataclass(frozen=True)
class Reporting:
    job: int

    def act(self, crowd: Crowd, actor: Actor) -> None:
        crowd.report(actor, self.job)


@dataclass(frozen=True)
class Finishing:
    """Mostly somebody who holds a job."""

    job: int
    kind: int
    by_anybody: bool

    def act(self, crowd: Crowd, actor: Actor) -> None:
        holders = [other for other in crowd.actors if other.held]
        if holders and not self.by_anybody:
            actor = holders[self.job % len(holders)]
        crowd.finish(actor, self.job, self.kind)


@dataclass(frozen=True)
class Leaving:
    gracefully: bool

    def act(self, crowd: Crowd, actor: Actor) -> None:
        crowd.leave(actor, gracefully=self.gracefully)


@dataclass(frozen=True)
class FailingToCome:
    """Somebody who was woken, if there is one."""

    gracefully: bool

    def act(self, crowd: Crowd, actor: Actor) -> None:
        woken = [other for other in crowd.actors if other.is_woken]
        crowd.leave(woken[0] if woken else actor, gracefully=self.gracefully)


Burst = list[tuple[int, Action]]  # the peer's number and what it does


def random_action(chance: random.Random) -> Action:
    """What makes work for others is drawn more often."""
    function, job, coin = chance.randrange(FUNCTIONS), chance.randrange(4), chance.random() < 0.5
    kind, end = chance.choice(FOREGROUND + BACKGROUND), chance.choice(ENDS)
    often: list[Action] = [
        Submitting(kind, function, chance.randint(0, UNIQUES)),
        WaitingFor(function),
        Grabbing(),
    ]
    sometimes: list[Action] = [
        Finishing(job, end, by_anybody=coin),
        Leaving(gracefully=coin),
        FailingToCome(gracefully=coin),
        Sleeping(),
        Registering(function),
        Unregistering(function),
        Resetting(),
        Reporting(job),
    ]
    return chance.choice(2 * often + sometimes)


def random_script(chance: random.Random) -> list[Burst]:
    """Short bursts lead to situations that long ones pass over."""
    return [
        [(chance.randrange(PEERS), random_action(chance)) for _ in range(chance.choice([1, 1, 2, 4, 12]))]
        for _ in range(BURSTS)
    ]
