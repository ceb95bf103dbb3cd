"""When to try again what failed."""

from __future__ import annotations

from random import random
from typing import NamedTuple


class Backoff(NamedTuple):
    """Pauses in seconds: the first one, and the longest; each is about twice the one before.

    Every pause is shortened by up to a half, by chance, so that a thousand workers do not come back at once.
    """

    first: float = 0.1
    longest: float = 10.0

    def pause(self, failures: int) -> float:
        """Seconds to wait after so many failures in a row."""
        whole = min(self.longest, self.first * 2.0 ** min(failures - 1, 60))
        return whole * (1.0 - random() / 2.0)


DEFAULT_BACKOFF = Backoff()
