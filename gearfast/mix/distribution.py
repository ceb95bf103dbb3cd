"""How a size or a time is distributed: a few values with their shares, or percentiles."""

from __future__ import annotations

import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

FEW = 16  # distinct values that are listed one by one
PERCENTILES = (0, 1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 99, 99.9, 100)


@dataclass(frozen=True)
class Distribution:
    """`points` are (share up to here, value), both rising, the last share 1.

    With `is_stepped`, only the values themselves occur; else everything between them does, and the first
    share is 0.
    """

    points: tuple[tuple[float, float], ...]
    is_stepped: bool

    @classmethod
    def of_values(cls, shares: Mapping[float, float]) -> Distribution:
        """These values and no others; shares need not sum to 1."""
        total = sum(shares.values())
        values = sorted(value for value in shares if shares[value] > 0)
        upto = list(accumulate(shares[value] / total for value in values))
        return cls(tuple(zip([*upto[:-1], 1.0], values, strict=True)), True)

    @classmethod
    def of_percentiles(cls, percentiles: Mapping[float, float]) -> Distribution:
        """By percent, from 0 to 100; between two the values are spread evenly."""
        return cls(tuple((percent / 100, percentiles[percent]) for percent in sorted(percentiles)), False)

    @classmethod
    def always(cls, value: float) -> Distribution:
        """One value."""
        return cls(((1.0, value),), True)

    @classmethod
    def of_counts(cls, counts: Mapping[float, int]) -> Distribution:
        """As few points as tell how often which value was seen; of nothing, always 0."""
        if not counts:
            return cls.always(0)
        if len(counts) <= FEW:
            return cls.of_values(counts)
        values = sorted(counts)
        upto = list(accumulate(counts[value] for value in values))
        found = {percent: values[_rank(upto, percent / 100)] for percent in PERCENTILES}
        return cls.of_percentiles(found)

    def at(self, share: float) -> float:
        """The value that so large a share, from 0 to 1, stays below or at."""
        index = bisect.bisect_left(self.points, (share, float("-inf")))
        upto, value = self.points[min(index, len(self.points) - 1)]
        if self.is_stepped or index == 0:
            return value
        before, least = self.points[index - 1]
        return least + (value - least) * (share - before) / (upto - before) if upto > before else value

    def mean(self) -> float:
        """The average of all values."""
        total = before = 0.0
        least = self.points[0][1]
        for upto, value in self.points:
            total += (upto - before) * (value if self.is_stepped else (least + value) / 2)
            before, least = upto, value
        return total

    def as_json(self) -> dict[str, Any] | float:
        """As it stands in a mix: a number if it is always the same."""
        if len(self.points) == 1:
            return _short(self.points[0][1])
        if not self.is_stepped:
            return {"percentiles": {f"{100 * share:g}": _short(value) for share, value in self.points}}
        shares = _steps([share for share, _ in self.points])
        values = [value for _, value in self.points]
        return {"values": [[_short(value), share] for value, share in zip(values, shares, strict=True)]}


def _rank(upto: Sequence[int], share: float) -> int:
    """Where the value of this share stands."""
    return min(bisect.bisect_left(upto, share * upto[-1]), len(upto) - 1)


def _steps(upto: Sequence[float]) -> list[float]:
    return [round(share - before, 6) for before, share in zip([0.0, *upto], upto, strict=False)]


def _short(value: float) -> float:
    """Without digits that mean nothing."""
    rounded = float(f"{value:.6g}")
    return int(rounded) if rounded.is_integer() else rounded
