"""What one measurement yields."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median
from time import perf_counter, process_time

from benchmarks.rows import Metrics

PAYLOAD = b"x" * 64
FUNCTION = "f"
Address = tuple[str, int]


class Clock:
    """Runs from when it is made."""

    def __init__(self) -> None:
        self._begin, self._begin_cpu = perf_counter(), process_time()

    def rate(self, count: int) -> Metrics:
        """Things per second, and the microseconds of processor time that this process took for each."""
        seconds, cpu = perf_counter() - self._begin, process_time() - self._begin_cpu
        return {"rate": count / seconds, "cpu": cpu / count * 1e6}


def rate(count: int, work: Callable[[], object]) -> Metrics:
    """The rate of what is done `count` times by one call."""
    clock = Clock()
    work()
    return clock.rate(count)


def latency(count: int, call: Callable[[], object]) -> Metrics:
    """Microseconds of one call, the median, and of processor time; one after the other."""
    times = []
    begin_cpu = process_time()
    for _ in range(count):
        begin = perf_counter()
        call()
        times.append(perf_counter() - begin)
    return {"p50": median(times) * 1e6, "cpu": (process_time() - begin_cpu) / count * 1e6}


def check(results: Sequence[object], count: int) -> None:
    """Raises RuntimeError unless each of `count` calls has returned what it was given."""
    if len(results) != count or any(result != PAYLOAD for result in results):
        raise RuntimeError(f"{sum(result == PAYLOAD for result in results)} of {count} calls were answered")
