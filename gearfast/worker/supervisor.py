"""Keeps a number of worker processes alive."""

from __future__ import annotations

import logging
import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import wait
from multiprocessing.context import ForkProcess
from time import monotonic

from gearfast.links.backoff import Backoff
from gearfast.worker.bell import Bell

log = logging.getLogger("gearfast.worker")


class Supervisor:
    """Forks the processes and starts a new one for each that ends, after a pause if it crashed.

    Each runs `work`, which returns when it was sent SIGTERM or when it is to be replaced.
    """

    def __init__(self, work: Callable[[], None], count: int, backoff: Backoff) -> None:
        self._work = work
        self._count = count
        self._backoff = backoff
        self._bell = Bell()
        self._running: list[ForkProcess] = []
        self._crashes = 0
        self._start_at = 0.0
        self._stopping = False

    def stop(self) -> None:
        """Have all processes finish their jobs and leave; may be called in a signal handler."""
        self._stopping = True
        self._bell.ring()

    def run(self) -> None:
        """Supervise until `stop`, and until all processes have left."""
        try:
            while not self._stopping:
                self._start_missing()
                pause = max(0.0, self._start_at - monotonic()) if self._missing else None
                wait([self._bell.fileno(), *(process.sentinel for process in self._running)], pause)
                self._bury()
            for process in self._running:
                process.terminate()
            for process in self._running:
                process.join()
        finally:
            for process in self._running:
                process.kill()
                process.join()
            self._bell.close()

    @property
    def _missing(self) -> int:
        return self._count - len(self._running)

    def _start_missing(self) -> None:
        if monotonic() < self._start_at:
            return
        for _ in range(self._missing):
            process = multiprocessing.get_context("fork").Process(target=self._work)
            process.start()
            self._running.append(process)

    def _bury(self) -> None:
        for process in [process for process in self._running if process.exitcode is not None]:
            self._running.remove(process)
            if process.exitcode == 0:
                self._crashes = 0
                continue
            self._crashes += 1
            pause = self._backoff.pause(self._crashes)
            self._start_at = monotonic() + pause
            log.error("worker process %d ended with %s", process.pid, process.exitcode)
