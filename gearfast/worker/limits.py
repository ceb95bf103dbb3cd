"""When a worker process has done enough: after so many jobs, or when it has grown too large."""

from __future__ import annotations

import resource
import sys
import threading
from pathlib import Path
from time import monotonic

_MEGABYTE = 1 << 20
_STATM = Path("/proc/self/statm")
_CHECK_SECONDS = 0.1


def memory() -> float:
    """Megabytes of memory that the process has resident; the most it ever had where that can't be told."""
    try:
        return int(_STATM.read_text().split()[1]) * resource.getpagesize() / _MEGABYTE
    except OSError:
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / _MEGABYTE


class Limits:
    """Counts jobs over all threads of a process."""

    def __init__(self, max_jobs: int | None, max_memory: float | None) -> None:
        """`max_memory` in megabytes. Raises ValueError for numbers below one."""
        if any(limit is not None and limit < 1 for limit in (max_jobs, max_memory)):
            raise ValueError(f"no worker can live with max_jobs={max_jobs} and max_memory={max_memory}")
        self._max_jobs = max_jobs
        self._max_memory = max_memory
        self._lock = threading.Lock()
        self._done = 0
        self._check_at = 0.0

    def overridden(self, max_jobs: int | None, max_memory: float | None) -> Limits:
        """With other numbers in place of those that are not None. Raises ValueError as making one does."""
        return Limits(
            self._max_jobs if max_jobs is None else max_jobs,
            self._max_memory if max_memory is None else max_memory,
        )

    def reached(self) -> str | None:
        """Count one job; tells which limit is reached, if one is."""
        if self._max_jobs is not None:
            with self._lock:
                self._done += 1
            if self._done >= self._max_jobs:
                return f"{self._done} jobs are done"
        if self._max_memory is not None and monotonic() >= self._check_at:
            self._check_at = monotonic() + _CHECK_SECONDS
            if (used := memory()) > self._max_memory:
                return f"{used:.0f} MB are in use"
        return None
