"""What the peers of a load saw, and what a job server has promised about it.

Job handles are their numbers here. Times are of the monotonic clock, which all processes share: a job that is
handed from one worker to the next is held by the second only after the first has let go.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import pairwise
from time import monotonic
from typing import NamedTuple


class Outcome(IntEnum):
    """What became of a job in one worker's hands."""

    GIVEN_UP = 0  # the worker let go of it without a result
    DONE = 1  # the server took the result
    REFUSED = 2  # the server said that this worker does not hold the job
    UNKNOWN = 3  # the worker vanished with its result on the way


class Hold(NamedTuple):
    """One worker's time with a job: from when it had seen the assignment to before it let go."""

    since: float
    until: float
    outcome: Outcome
    timed: bool  # the server may take it away


@dataclass
class Ledger:
    """Everything one process saw."""

    background: set[int] = field(default_factory=set)  # accepted: JOB_CREATED was read
    foreground: set[int] = field(default_factory=set)  # a final packet was read
    holds: dict[int, list[Hold]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def hold(self, handle: int, since: float, outcome: Outcome, *, timed: bool) -> int:
        """Note what is about to be said of the job, before it is said; returns the entry's place."""
        holds = self.holds.setdefault(handle, [])
        holds.append(Hold(since, monotonic(), outcome, timed))
        return len(holds) - 1

    def revise(self, handle: int, place: int, outcome: Outcome) -> None:
        """The server has answered."""
        self.holds[handle][place] = self.holds[handle][place]._replace(outcome=outcome)


def merge(ledgers: Iterable[Ledger]) -> Ledger:
    """One ledger for all processes."""
    whole = Ledger()
    for ledger in ledgers:
        whole.background |= ledger.background
        whole.foreground |= ledger.foreground
        whole.counts += ledger.counts
        for handle, holds in ledger.holds.items():
            whole.holds.setdefault(handle, []).extend(holds)
    return whole


def broken_promises(ledger: Ledger) -> Iterator[str]:
    """One line for each promise the server did not keep; only for a server that has no job left."""
    for handle in sorted(ledger.background | ledger.foreground):
        if not has_ended(ledger.holds.get(handle, [])):
            yield f"job {handle} was accepted but never ended: {ledger.holds.get(handle)}"
    for handle, holds in ledger.holds.items():
        yield from broken_by_holds(handle, sorted(holds))


def has_ended(holds: list[Hold]) -> bool:
    return any(hold.outcome in (Outcome.DONE, Outcome.UNKNOWN) for hold in holds)


def broken_by_holds(handle: int, holds: list[Hold]) -> Iterator[str]:
    """`holds` are in order of time."""
    if sum(hold.outcome is Outcome.DONE for hold in holds) > 1:
        yield f"two results of job {handle} were taken: {holds}"
    if any(hold.outcome is Outcome.REFUSED and not hold.timed for hold in holds):
        yield f"the result of job {handle} was refused: {holds}"
    for first, second in pairwise(holds):
        if first.outcome is Outcome.DONE:
            yield f"job {handle} was handed out again after its result: {holds}"
        if second.since < first.until and not first.timed:
            yield f"two workers held job {handle} at once: {holds}"
