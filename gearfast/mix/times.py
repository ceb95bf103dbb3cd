"""Times in buckets of about a percent: any number of them fits, and can be added up."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

_BASE = math.log(1.01)
_LEAST = 1e-6


class Times:
    """How often which time was seen, in seconds, from a microsecond on."""

    def __init__(self, buckets: Mapping[int, int] | None = None) -> None:
        self.buckets: Counter[int] = Counter(buckets or {})

    def add(self, seconds: float | None) -> None:
        """None is not counted."""
        if seconds is not None:
            self.buckets[max(0, round(math.log(max(seconds, _LEAST) / _LEAST) / _BASE))] += 1

    def __len__(self) -> int:
        return self.buckets.total()

    def at(self, share: float) -> float:
        """The time that so large a share stays below or at; 0 of nothing."""
        left = share * len(self)
        for bucket in sorted(self.buckets):
            left -= self.buckets[bucket]
            if left <= 0:
                return _LEAST * math.exp(bucket * _BASE)
        return 0.0
