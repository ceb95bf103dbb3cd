"""From a recording to what is to be replayed: every submit, and how its run went."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from gearfast.protocol.packets import (
    SUBMIT_JOB,
    SUBMIT_JOB_BG,
    SUBMIT_JOB_EPOCH,
    SUBMIT_JOB_HIGH,
    SUBMIT_JOB_HIGH_BG,
    SUBMIT_JOB_LOW,
    SUBMIT_JOB_LOW_BG,
)
from gearfast.recording.events import PRIORITY_MASK, Ending, Event, Kind, Submit

_FOREGROUND = (SUBMIT_JOB_HIGH, SUBMIT_JOB, SUBMIT_JOB_LOW)
_BACKGROUND = (SUBMIT_JOB_HIGH_BG, SUBMIT_JOB_BG, SUBMIT_JOB_LOW_BG)
_FAILURES = (Ending.FAIL, Ending.EXCEPTION)


@dataclass
class Job:
    """One submit, at `at` seconds; `client` and `function` are indices into the plan's.

    `key` is the number of its unique key, 0 for none. What is not known of its run is 0.
    """

    at: float
    client: int
    function: int
    type: int
    size: int
    key: int
    delay: int
    result: int = 0
    run: int = 0  # microseconds
    fails: bool = False


@dataclass
class Plan:
    """Jobs by time; the functions that each worker registers, as indices."""

    jobs: list[Job] = field(default_factory=list)
    functions: dict[str, int] = field(default_factory=dict)
    clients: dict[int, int] = field(default_factory=dict)  # index by number in the recording
    workers: dict[int, dict[int, None]] = field(default_factory=dict)  # functions by the same

    def function(self, name: str) -> int:
        return self.functions.setdefault(name, len(self.functions))


def gather(events: Iterable[Event]) -> Plan:
    """What was recorded. A connection's number is one connection for all the time."""
    plan = Plan()
    under_way: dict[int, list[Job]] = {}  # with those that joined, any of which may come first
    for event in events:
        if event.kind is Kind.SUBMIT:
            job = _job(plan, event)
            plan.jobs.append(job)
            if not event.detail & Submit.REFUSED:
                under_way.setdefault(event.number, []).append(job)
        elif event.kind is Kind.REGISTER:
            plan.workers.setdefault(event.peer, {})[plan.function(event.function)] = None
        elif event.kind is Kind.END and event.detail != Ending.LOST:
            for job in under_way.pop(event.number, []):
                _end(job, event)
    return plan


def _job(plan: Plan, event: Event) -> Job:
    delayed = bool(event.detail & Submit.DELAYED)
    types = _BACKGROUND if event.detail & Submit.BACKGROUND else _FOREGROUND
    return Job(
        at=event.at,
        client=plan.clients.setdefault(event.peer, len(plan.clients)),
        function=plan.function(event.function),
        type=SUBMIT_JOB_EPOCH if delayed else types[event.detail & PRIORITY_MASK],
        size=event.size,
        key=event.number if event.detail & Submit.UNIQUE else 0,
        delay=event.duration or 0 if delayed else 0,
    )


def _end(job: Job, event: Event) -> None:
    job.result = event.size
    job.run = event.duration or 0
    job.fails = event.detail in _FAILURES
