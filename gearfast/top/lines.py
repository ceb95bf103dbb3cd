"""The functions of all servers together, with rates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gearfast.admin.records import FunctionCounts
from gearfast.top.watched import State, Watched


@dataclass(frozen=True)
class Line:
    """One function: jobs waiting by priority, running jobs, workers, and jobs a second.

    A rate is None where it is not known: at the first look, after a restart, and of gearmand.
    """

    function: str
    high: int = 0
    normal: int = 0
    low: int = 0
    running: int = 0
    workers: int = 0
    submitted: float | None = None
    done: float | None = None

    @property
    def queued(self) -> int:
        """Waiting jobs of all priorities."""
        return self.high + self.normal + self.low


def lines_of(servers: Iterable[Watched]) -> list[Line]:
    """One line for each function, summed over the servers."""
    by_function: dict[str, list[Line]] = {}
    for server in servers:
        known = server.known
        if known.now is not None:
            for line in _lines(known.now, known.before):
                by_function.setdefault(line.function, []).append(line)
    return [total(function, lines) for function, lines in by_function.items()]


def total(name: str, lines: Sequence[Line]) -> Line:
    """The sum of lines, under a name."""
    return Line(
        name,
        sum(line.high for line in lines),
        sum(line.normal for line in lines),
        sum(line.low for line in lines),
        sum(line.running for line in lines),
        sum(line.workers for line in lines),
        _sum(line.submitted for line in lines),
        _sum(line.done for line in lines),
    )


def _sum(rates: Iterable[float | None]) -> float | None:
    known = [rate for rate in rates if rate is not None]
    return sum(known) if known else None


def _lines(now: State, before: State | None) -> Iterable[Line]:
    for queue in now.queues:
        submitted, done = _rates(queue.function, now, before)
        running = now.running.get(queue.function, 0)
        yield Line(
            queue.function, queue.high, queue.normal, queue.low, running, queue.workers, submitted, done
        )


def _rates(function: str, now: State, before: State | None) -> tuple[float | None, float | None]:
    if now.counts is None or before is None or before.counts is None or function not in now.counts:
        return None, None
    seconds = now.moment - before.moment
    new, old = now.counts[function], before.counts.get(function, FunctionCounts(function, 0, 0))
    if new.submitted < old.submitted or seconds <= 0:
        return None, None  # the function was dropped and made anew
    return (new.submitted - old.submitted) / seconds, max(new.ended - old.ended, 0) / seconds
