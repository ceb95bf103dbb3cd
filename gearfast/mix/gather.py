"""From a recording to a mix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from gearfast.mix.connections import Connections
from gearfast.mix.model import Function, Mix
from gearfast.mix.tally import ArrivalTally, Tally
from gearfast.recording.events import FAILURES, PRIORITY_MASK, Ending, Event, Kind, Submit, Update

_LEAST_SECONDS = 0.001
_RUNS = (Ending.COMPLETE, *FAILURES)


class _FunctionTally:
    """What is known of one function's jobs."""

    def __init__(self) -> None:
        self.submits = self.accepted = self.ends = self.failures = self.updates = 0
        self._priorities: Counter[int] = Counter()
        self._details: Counter[Submit] = Counter()
        self._arrivals = ArrivalTally()
        self._delays, self._payloads = Tally(), Tally()
        self._results, self._runs = Tally(), Tally()

    def submit(self, event: Event) -> None:
        self.submits += 1
        self._arrivals.add(event.at)
        self._payloads.add(event.size)
        self._priorities[event.detail & PRIORITY_MASK] += 1
        self._details.update(flag for flag in Submit if event.detail & flag)
        if event.detail & Submit.DELAYED and event.duration is not None:
            self._delays.add(event.duration)

    def end(self, event: Event) -> None:
        if event.detail not in _RUNS:
            return
        self.ends += 1
        self.failures += event.detail in FAILURES
        if event.detail == Ending.COMPLETE:
            self._results.add(event.size)
        if event.duration is not None:
            self._runs.add(event.duration / 1000)

    def function(self, submits: int, seconds: float, workers: int) -> Function:
        """`submits`: of all functions."""
        own = max(1, self.submits)

        def share(flag: Submit) -> float:
            return self._details[flag] / own

        return Function(
            share=self.submits / submits,
            arrivals=self._arrivals.arrivals(seconds),
            high=self._priorities[0] / own,
            low=self._priorities[2] / own,
            background=share(Submit.BACKGROUND),
            uniques=share(Submit.UNIQUE),
            joined=share(Submit.JOINED),
            delayed=share(Submit.DELAYED),
            delay_seconds=self._delays.distribution(),
            payload_bytes=self._payloads.distribution(),
            result_bytes=self._results.distribution(),
            run_ms=self._runs.distribution(),
            failures=self.failures / max(1, self.ends),
            updates=self.updates / max(1, self.ends),
            workers=workers,
        )


class NoJobsError(Exception):
    """In the recording nobody submitted anything."""


def gather(events: Iterable[Event], comment: str = "") -> Mix:
    """The mix of what was recorded. Raises NoJobsError."""
    functions: dict[str, _FunctionTally] = {}
    connections = Connections()
    skipped = 0
    last = 0.0
    for event in events:
        last = event.at
        if event.kind is Kind.SKIPPED:
            skipped += event.size
            continue
        connections.see(event)
        if event.kind not in (Kind.SUBMIT, Kind.END, Kind.UPDATE):
            continue
        tally = functions.setdefault(event.function, _FunctionTally())
        if event.kind is Kind.SUBMIT:
            tally.submit(event)
        elif event.kind is Kind.END:
            tally.end(event)
        elif event.detail != Update.WARNING:
            tally.updates += 1
    return _mix(functions, connections, max(last, _LEAST_SECONDS), skipped, comment)


def _mix(
    functions: dict[str, _FunctionTally], connections: Connections, seconds: float, skipped: int, comment: str
) -> Mix:
    submits = sum(tally.submits for tally in functions.values())
    if submits == 0:
        raise NoJobsError("in the recording nobody submitted a job")
    order = sorted(functions, key=lambda name: (-functions[name].submits, name))
    return Mix(
        seconds=seconds,
        jobs_per_second=submits / seconds,
        functions={
            name: functions[name].function(submits, seconds, connections.workers_of(name))
            for name in order
            if functions[name].submits
        },
        clients=connections.clients(seconds),
        workers=connections.workers(seconds),
        comment=comment,
        skipped=skipped,
    )
