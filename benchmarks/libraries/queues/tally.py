"""Which jobs have truly run: one byte for each in a file that all processes share, written by the job itself.

It is independent of what a queue says of itself, and costs every queue the same.
"""

from __future__ import annotations

import mmap
import os
import threading
import time
from functools import cache
from pathlib import Path

VARIABLE = "GEARFAST_BENCH_TALLY"
GREETING_SECONDS = 0.01
POLL_SECONDS = 0.002


def payload(number: int) -> str:
    """64 bytes that tell the job's number."""
    return f"{number:08d}".ljust(64, "x")


def mark(workload: str | bytes) -> None:
    """The job: it does nothing but count itself."""
    seen = _shared(Path(os.environ[VARIABLE]))
    seen[int(workload[:8])] += 1


def greet() -> None:
    """The job that tells a worker's process and thread, and takes a while so that others get some, too."""
    time.sleep(GREETING_SECONDS)
    greetings = _greetings(Path(os.environ[VARIABLE]))
    line = f"{os.getpid()} {threading.get_ident()}\n".encode()
    handle = os.open(greetings, os.O_WRONLY | os.O_APPEND)
    os.write(handle, line)
    os.close(handle)


@cache
def _shared(path: Path) -> mmap.mmap:
    with path.open("r+b") as file:
        return mmap.mmap(file.fileno(), 0)


def _greetings(path: Path) -> Path:
    return path.with_suffix(".greetings")


class Tally:
    """The side of the one who measures."""

    def __init__(self, folder: Path, jobs: int) -> None:
        self.path = folder / "tally"
        self.path.write_bytes(bytes(jobs))
        _greetings(self.path).touch()
        self.jobs = jobs
        self._seen = _shared(self.path)

    def greetings(self) -> list[str]:
        """One line for each greeting: process and thread."""
        return _greetings(self.path).read_text().splitlines()

    def wait(self, deadline: float) -> None:
        """Until every job has run. Raises RuntimeError when some have not, by `time.monotonic()`."""
        while missing := self._seen[:].count(0):
            if time.monotonic() > deadline:
                raise RuntimeError(f"{missing} of {len(self._seen)} jobs were not run")
            time.sleep(POLL_SECONDS)

    def check(self) -> None:
        """Raises RuntimeError unless each job has run once."""
        if wrong := len(self._seen) - self._seen[:].count(1):
            raise RuntimeError(f"{wrong} of {len(self._seen)} jobs were not run once")
