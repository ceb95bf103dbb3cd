"""Processes that were started together: a number of them, each replaced when it ends."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable
from time import monotonic

from gearfast.links.backoff import Backoff
from gearfast.links.link import NEVER
from gearfast.supervisor.process import Process

log = logging.getLogger("gearfast.supervisor")


class Generation:
    """`processes` are alive; for each that is missing there is a time to start it."""

    def __init__(self, start: Callable[[], Process], count: int, backoff: Backoff) -> None:
        self.processes: list[Process] = []
        self.crashes = 0
        self._start = start
        self._starts = [0.0] * count
        self._backoff = backoff
        self._crashes_in_a_row = 0

    @property
    def ready(self) -> bool:
        """Whether nobody is missing and all are ready."""
        return not self._starts and all(process.ready for process in self.processes)

    @property
    def next_start(self) -> float:
        """When `fill` has something to do."""
        return min(self._starts, default=NEVER)

    def fill(self, now: float) -> None:
        """Start those whose time has come. A system without room for a process is asked again later."""
        due = [start for start in self._starts if start <= now]
        self._starts = [start for start in self._starts if start > now]
        for _ in due:
            try:
                process = self._start()
            except OSError as error:
                self._starts.append(now + self._pause(now))
                log.error("cannot start a process: %s", error)
                continue
            log.info("process %d started", process.pid)
            self.processes.append(process)

    def replace(self, process: Process) -> None:
        """A process has ended: another follows, at once if it left in order, else after a pause."""
        self.processes.remove(process)
        now = monotonic()
        if left_in_order(process):
            self._crashes_in_a_row = 0
            self._starts.append(now)
            log.info("process %d left and is replaced", process.pid)
            return
        self.crashes += 1
        pause = self._pause(process.born)
        self._starts.append(now + pause)
        log.error("process %d %s and is replaced in %.1f s", process.pid, end_of(process), pause)

    def leave(self) -> list[Process]:
        """Have all leave, and no more be started; returns them."""
        for process in self.processes:
            process.leave()
        leaving, self.processes, self._starts = self.processes, [], []
        return leaving

    def _pause(self, born: float) -> float:
        """Crashes of processes that lived longer than the longest pause are no row."""
        lived = monotonic() - born
        self._crashes_in_a_row = 1 if lived > self._backoff.longest else self._crashes_in_a_row + 1
        return self._backoff.pause(self._crashes_in_a_row)


def left_in_order(process: Process) -> bool:
    """Whether an ended process has done its duty. One that ends before it is ready has not."""
    return process.end == 0 and process.ready


def end_of(process: Process) -> str:
    """How a process ended, in words."""
    if process.report.failure:
        return f"failed to start ({process.report.failure})"
    code = process.end
    if code is not None and code < 0:
        return f"was killed by signal {-code} ({signal.strsignal(-code)})"
    return (
        f"ended with exit code {code}" if process.ready else f"ended with exit code {code} before it worked"
    )
