"""Counting values without keeping them: sizes and times to three digits, arrivals by tenths of a second."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from gearfast.mix.distribution import Distribution
from gearfast.mix.model import Arrivals

_EXACT = 1000
_STEPS = 60  # most of them in a shape
WINDOW = 0.1  # seconds


def three_digits(value: float) -> float:
    """Rounded, so that there are few different values; small whole numbers stay as they are."""
    if value < _EXACT and float(value).is_integer():
        return value
    magnitude = 10.0 ** (math.floor(math.log10(value)) - 2) if value > 0 else 1.0
    return round(value / magnitude) * magnitude


class Tally:
    """How often which value was seen."""

    def __init__(self) -> None:
        self._counts: Counter[float] = Counter()

    def add(self, value: float) -> None:
        self._counts[three_digits(value)] += 1

    def distribution(self) -> Distribution:
        return Distribution.of_counts(self._counts)


class ArrivalTally:
    """How many jobs came in which tenth of a second since the beginning."""

    def __init__(self) -> None:
        self._windows: Counter[int] = Counter()

    def add(self, at: float) -> None:
        self._windows[int(at / WINDOW)] += 1

    def arrivals(self, seconds: float) -> Arrivals:
        """The rate over time in at most 60 steps, and the burstiness around it."""
        count = max(1, math.ceil(seconds / WINDOW))
        each = max(1, round(max(1.0, seconds / _STEPS) / WINDOW))
        sizes = [min(each, count - first) for first in range(0, count, each)]
        windows = self._within(count)
        jobs = [0] * len(sizes)
        for window, found in windows.items():
            jobs[window // each] += found
        if not any(jobs):
            return Arrivals()
        mean = sum(jobs) / count
        shape = tuple(found / size / mean for found, size in zip(jobs, sizes, strict=True))
        return Arrivals(each * WINDOW, shape, _burstiness(windows, jobs, sizes))

    def _within(self, count: int) -> Counter[int]:
        """Jobs by window; the last instant belongs to the last one."""
        windows: Counter[int] = Counter()
        for window, jobs in self._windows.items():
            windows[min(window, count - 1)] += jobs
        return windows


def _burstiness(windows: Mapping[int, int], jobs: Sequence[int], sizes: Sequence[int]) -> float:
    """Variance over mean, of what the steps' means leave to be explained."""
    count, total = sum(sizes), sum(jobs)
    free = count - len(sizes)
    if free <= 0:
        return 1.0
    explained = sum(found * found / size for found, size in zip(jobs, sizes, strict=True))
    squares = sum(found * found for found in windows.values()) - explained
    return max(0.0, squares) / free / (total / count)
