"""Jobs as a mix has them: what each is, and when it is due."""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

from gearfast.mix.model import Arrivals, Function, Mix

_PRIMES = (2, 3, 5, 7, 11, 13, 17)
_LEAST_BURSTINESS = 0.001
_FILL_RATE = 250.0  # jobs a second, of each client and function
_LEAST_RATE = 1e-9  # a job in thirty years


class Even:
    """Numbers from 0 to 1 that fill the interval evenly however few are taken, and look like chance."""

    def __init__(self, prime: int, start: float) -> None:
        self._step = math.sqrt(prime) % 1.0
        self._at = start

    def next(self) -> float:
        self._at = (self._at + self._step) % 1.0
        return self._at


@dataclass(frozen=True)
class Job:
    """One submit; `delay` in seconds, 0: at once; `unique` None: no key."""

    function: str
    priority: str
    background: bool
    unique: str | None
    delay: float
    size: int


class Jobs:
    """The jobs of one function, one after another, whichever client submits them."""

    def __init__(self, name: str, function: Function, chance: random.Random) -> None:
        self._name, self._function = name, function
        self._token = f"{chance.getrandbits(48):012x}"
        self._uniques = 0
        self._priority, self._background, self._unique, self._delayed, self._delay, self._size = (
            Even(prime, chance.random()) for prime in _PRIMES[:6]
        )

    def next(self) -> Job:
        function = self._function
        background = self._background.next() < function.background
        is_delayed = background and self._delayed.next() * function.background < function.delayed
        return Job(
            self._name,
            self._next_priority(),
            background,
            self._next_unique(),
            function.delay_seconds.at(self._delay.next()) if is_delayed else 0.0,
            round(function.payload_bytes.at(self._size.next())),
        )

    def _next_priority(self) -> str:
        share = self._priority.next()
        if share < self._function.high:
            return "high"
        return "low" if share < self._function.high + self._function.low else "normal"

    def _next_unique(self) -> str | None:
        """A key that was used before has the job joined, if that one is still there."""
        share = self._unique.next()
        if share >= self._function.uniques:
            return None
        if share >= self._function.joined or self._uniques == 0:
            self._uniques += 1
        return f"{self._token}-{self._uniques}"


def jobs_of(mix: Mix, chance: random.Random) -> dict[str, Jobs]:
    """By function: for all clients of a run, so that few jobs of each of many have the shares already."""
    return {name: Jobs(name, function, chance) for name, function in mix.functions.items()}


class Runs:
    """How the runs of one function's jobs go: for simulated workers."""

    def __init__(self, function: Function, chance: random.Random) -> None:
        self._function = function
        self._time, self._size, self._failure, self._updates = (
            Even(prime, chance.random()) for prime in _PRIMES[:4]
        )

    def seconds(self) -> float:
        return self._function.run_ms.at(self._time.next()) / 1000

    def result_size(self) -> int:
        return round(self._function.result_bytes.at(self._size.next()))

    def fails(self) -> bool:
        return self._failure.next() < self._function.failures

    def updates(self) -> int:
        """Packets before the end."""
        return int(self._function.updates + self._updates.next())


def due_times(rate: float, arrivals: Arrivals, chance: random.Random) -> Iterator[float]:
    """Seconds since the start at which jobs are due, on average `rate` of them a second, without an end.

    Jobs come in groups that have so many members on average that the burstiness is as given; below 1 they
    come one by one, the more evenly the closer to 0.
    """
    if rate < _LEAST_RATE:
        return
    clock = _Clock(rate, arrivals)
    if arrivals.burstiness >= 1:
        stay = 1 - 2 / (arrivals.burstiness + 1)  # the chance that a group has one more
        while True:
            at = clock.advance(chance.expovariate(1 - stay))
            yield at
            while chance.random() < stay:
                yield at
    evenness = 1 / max(arrivals.burstiness, _LEAST_BURSTINESS)
    while True:
        yield clock.advance(chance.gammavariate(evenness, 1 / evenness))


class _Clock:
    """From jobs, at the mean rate, to seconds, at the rate of each step."""

    def __init__(self, rate: float, arrivals: Arrivals) -> None:
        shape, self._step = arrivals.shape, arrivals.step_seconds
        total = sum(shape)
        self._rates = [rate * len(shape) * (each / total) for each in shape]
        self._round = len(shape) * self._step
        self._round_jobs = rate * self._round
        self._at = 0.0
        self._index = 0

    def advance(self, jobs: float) -> float:
        """The time when so many more jobs should have come."""
        rounds, jobs = divmod(jobs, self._round_jobs)
        self._at += rounds * self._round
        self._index += int(rounds) * len(self._rates)
        while True:
            rate = self._rates[self._index % len(self._rates)]
            end = (self._index + 1) * self._step
            if rate * (end - self._at) >= jobs and rate > 0:
                self._at += jobs / rate
                return self._at
            jobs -= rate * (end - self._at)
            self._at = end
            self._index += 1


def schedule(
    mix: Mix, share: float, jobs: dict[str, Jobs], chance: random.Random
) -> Iterator[tuple[float, Job]]:
    """What one of several clients submits, and when: its share of the whole load.

    Jobs that are to wait come first. It has no end, unless the mix has no others. A job is taken from `jobs`
    when it is asked for.
    """
    times = {
        name: heapq.merge(
            (number / _FILL_RATE for number in range(round(function.waiting * share))),
            due_times(mix.rate(name) * share, function.arrivals, chance),
        )
        for name, function in mix.functions.items()
    }
    heap = [(at, name) for name in times if (at := next(times[name], None)) is not None]
    heapq.heapify(heap)
    while heap:
        at, name = heap[0]
        yield at, jobs[name].next()
        after = next(times[name], None)
        if after is None:
            heapq.heappop(heap)
        else:
            heapq.heapreplace(heap, (after, name))
