"""Counting values without keeping them: sizes and times to three digits, arrivals by tenths of a second."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

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
        counts = self._counts(max(1, math.ceil(seconds / WINDOW)))
        if not any(counts):
            return Arrivals()
        each = max(1, round(max(1.0, seconds / _STEPS) / WINDOW))
        steps = [counts[at : at + each] for at in range(0, len(counts), each)]
        means = [sum(step) / len(step) for step in steps]
        mean = sum(counts) / len(counts)
        return Arrivals(each * WINDOW, tuple(each / mean for each in means), _burstiness(steps, means))

    def _counts(self, count: int) -> list[int]:
        """Jobs in each window; the last instant belongs to the last one."""
        counts = [0] * count
        for window, jobs in self._windows.items():
            counts[min(window, count - 1)] += jobs
        return counts


def _burstiness(steps: Sequence[Sequence[int]], means: Sequence[float]) -> float:
    """Variance over mean, of what the means leave to be explained."""
    free = sum(len(step) for step in steps) - len(steps)
    if free <= 0:
        return 1.0
    squares = sum((jobs - mean) ** 2 for step, mean in zip(steps, means, strict=True) for jobs in step)
    jobs = sum(map(sum, steps))
    return squares / free / (jobs / (free + len(steps)))
