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
from gearfast.recording.events import FAILURES, PRIORITY_MASK, Ending, Event, Kind, Submit

FOREGROUND = (SUBMIT_JOB_HIGH, SUBMIT_JOB, SUBMIT_JOB_LOW)
_BACKGROUND = (SUBMIT_JOB_HIGH_BG, SUBMIT_JOB_BG, SUBMIT_JOB_LOW_BG)


@dataclass
class Connection:
    """From `opens` to `closes`, in seconds; None: to the end. `functions` are what a worker registers.

    `client` is its place among those that submit or are idle, None for a worker that does neither.
    """

    opens: float
    closes: float | None = None
    client: int | None = None
    functions: dict[int, None] = field(default_factory=dict)


@dataclass
class Job:
    """One submit, at `at` seconds; `client` and `function` are indices into the plan's.

    `key` is the number of its unique key, 0 for none. What is not known of its run is 0. `abandoned`: its
    client left before it had ended.
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
    abandoned: bool = False


@dataclass
class Plan:
    """Jobs by time. A connection that both submits and works is among the clients and the workers."""

    jobs: list[Job] = field(default_factory=list)
    functions: dict[str, int] = field(default_factory=dict)
    clients: list[Connection] = field(default_factory=list)
    workers: list[Connection] = field(default_factory=list)

    def function(self, name: str) -> int:
        return self.functions.setdefault(name, len(self.functions))

    def client(self, connection: Connection) -> int:
        """Its index."""
        if connection.client is None:
            connection.client = len(self.clients)
            self.clients.append(connection)
        return connection.client


def gather(events: Iterable[Event]) -> Plan:
    """What was recorded, with the connections that were there, each as long as it was."""
    gathering = _Gathering()
    for event in events:
        gathering.see(event)
    return gathering.end()


class _Gathering:
    def __init__(self) -> None:
        self._plan = Plan()
        self._under_way: dict[int, list[Job]] = {}  # with those that joined, any of which may come first
        self._open: dict[int, Connection] = {}
        self._all: list[Connection] = []
        self._last_job = 0.0

    def see(self, event: Event) -> None:
        if event.kind is Kind.CONNECT:
            self._opened(event)
        elif event.kind is Kind.GONE:
            self._connection(event).closes = event.at
            del self._open[event.peer]
        elif event.kind is Kind.REGISTER:
            functions = self._connection(event).functions
            functions[self._plan.function(event.function)] = None
        elif event.kind is Kind.SUBMIT:
            self._submitted(event)
        elif event.kind is Kind.END and event.detail != Ending.LOST:
            for job in self._under_way.pop(event.number, []):
                self._ended(job, event)
        if event.kind in (Kind.SUBMIT, Kind.START, Kind.UPDATE, Kind.END):
            self._last_job = event.at

    def end(self) -> Plan:
        """Whoever left when all was over stays: another server may not be done by then."""
        for jobs in self._under_way.values():
            for job in jobs:
                job.abandoned = self._plan.clients[job.client].closes is not None
        for connection in self._all:
            if connection.closes is not None and connection.closes > self._last_job:
                connection.closes = None
            if connection.functions:
                self._plan.workers.append(connection)
            else:
                self._plan.client(connection)
        return self._plan

    def _opened(self, event: Event) -> None:
        if event.peer in self._open:  # that it left was skipped
            self._open.pop(event.peer).closes = event.at
        self._connection(event)

    def _connection(self, event: Event) -> Connection:
        """That of the event; when its beginning was skipped, it begins with what it does first."""
        if event.peer not in self._open:
            self._open[event.peer] = Connection(event.at)
            self._all.append(self._open[event.peer])
        return self._open[event.peer]

    def _submitted(self, event: Event) -> None:
        job = _job(self._plan, event, self._plan.client(self._connection(event)))
        self._plan.jobs.append(job)
        if not event.detail & Submit.REFUSED:
            self._under_way.setdefault(event.number, []).append(job)

    def _ended(self, job: Job, event: Event) -> None:
        job.result = event.size
        job.run = event.duration or 0
        job.fails = event.detail in FAILURES
        closes = self._plan.clients[job.client].closes
        job.abandoned = closes is not None or event.detail == Ending.UNWANTED


def _job(plan: Plan, event: Event, client: int) -> Job:
    delayed = bool(event.detail & Submit.DELAYED)
    types = _BACKGROUND if event.detail & Submit.BACKGROUND else FOREGROUND
    return Job(
        at=event.at,
        client=client,
        function=plan.function(event.function),
        type=SUBMIT_JOB_EPOCH if delayed else types[event.detail & PRIORITY_MASK],
        size=event.size,
        key=event.number if event.detail & Submit.UNIQUE else 0,
        delay=event.duration or 0 if delayed else 0,
    )
