"""Which jobs were acknowledged and which were worked, whatever happened to the server."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True)
class Summary:
    """Numbers of jobs. `lost` were acknowledged and never worked, `repeated` worked more than once."""

    submitted: int
    refused: int
    acknowledged: int
    worked: int
    lost: int
    repeated: int


class Ledger:
    """Jobs are known by serial numbers; every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._submitted = 0
        self._refused = 0
        self._acknowledged: set[int] = set()
        self._worked: Counter[int] = Counter()

    def submit(self, count: int) -> range:
        """The numbers of the next jobs."""
        with self._lock:
            first = self._submitted
            self._submitted += count
        return range(first, first + count)

    def acknowledge(self, numbers: list[int]) -> None:
        with self._lock:
            self._acknowledged.update(numbers)

    def refuse(self, count: int) -> None:
        with self._lock:
            self._refused += count

    def work(self, number: int) -> None:
        with self._lock:
            self._worked[number] += 1

    def summary(self) -> Summary:
        with self._lock:
            return Summary(
                submitted=self._submitted,
                refused=self._refused,
                acknowledged=len(self._acknowledged),
                worked=len(self._worked),
                lost=len(self._acknowledged - self._worked.keys()),
                repeated=sum(1 for times in self._worked.values() if times > 1),
            )
