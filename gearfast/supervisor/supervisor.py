"""Keeps a number of processes alive, and lets new ones take over from old ones."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from time import monotonic

from gearfast.links.backoff import Backoff
from gearfast.links.bell import Bell
from gearfast.links.link import NEVER
from gearfast.supervisor.child import Target
from gearfast.supervisor.generation import Generation, end_of, left_in_order
from gearfast.supervisor.loop import Loop
from gearfast.supervisor.outlet import Outlet, TakeLine
from gearfast.supervisor.process import Process
from gearfast.supervisor.report import Tally

log = logging.getLogger("gearfast.supervisor")

# What is no more than a moment for a process that ends; one that has only closed its sentinel must not hold
# us up. The end of such a one is found by looking now and then.
_EXIT_SECONDS = 0.5
_LOOK_SECONDS = 5.0


class StartError(Exception):
    """The processes have nothing to run; the message is their own."""


class Phase(Enum):
    """`STARTING` until a generation is ready, `RESTARTING` while the next one is not; the value says so."""

    STARTING = "starting"
    SERVING = "serving"
    RESTARTING = "restarting"
    FAILED = "waiting for a restart"
    STOPPING = "stopping"


class Supervisor:
    """Forks the processes, and another one for each that ends, after a pause if it crashed.

    Each runs the target, which reports to the connection it is given, and returns when it was sent SIGTERM or
    when it is to be replaced. `loop` may watch other things, too. `attend` is called with the time at each
    turn and returns when it wants to be called again.
    """

    def __init__(
        self,
        target: Target,
        count: int,
        backoff: Backoff,
        *,
        resets: Iterable[signal.Signals],
        take_line: TakeLine | None = None,
        patient: bool = False,
        stop_timeout: float = NEVER,
    ) -> None:
        """
        Args:
            resets: the signals that the caller handles, and the processes do not.
            take_line: is given what the processes write to stdout and stderr; without it they share ours.
            patient: whether the first processes, too, may fail to start; then a restart is waited for.
            stop_timeout: seconds after which a process that was told to leave and has not is killed.
        """
        self.loop = Loop()
        self.attend: Callable[[float], float] = lambda now: NEVER
        self._target = target
        self._count = count
        self._backoff = backoff
        self._resets = tuple(resets)
        self._outlet = None if take_line is None else Outlet(self.loop, take_line)
        self._patient = patient
        self._stop_timeout = stop_timeout
        self._bell = Bell()
        self._current: Generation | None = None
        self._coming: Generation | None = None
        self._leaving: list[Process] = []
        self._done_before = 0
        self._crashes_before = 0
        self._start_error: StartError | None = None
        self._restart_wanted = True
        self._stop_wanted = False
        self._stopping = False

    def stop(self) -> None:
        """Have all processes finish their jobs and leave; may be called in a signal handler."""
        self._stop_wanted = True
        self._bell.ring()

    def restart(self) -> None:
        """Have new processes take over from those that are there; may be called in a signal handler.

        The old ones are told to leave when all of the new ones are ready. If a new one ends before that, the
        new ones leave, and the old ones go on.
        """
        self._restart_wanted = True
        self._bell.ring()

    def run(self) -> None:
        """Supervise until `stop`, and until all processes have left.

        Raises StartError when the first processes have nothing to run.
        """
        self.loop.watch(self._bell, self._bell.hush)
        try:
            self._heed_wishes()
            while not self._stopping or self._leaving:
                self._turn()
                self._heed_wishes()
        finally:
            for process in list(self.processes):
                process.kill()
                process.close()
            if self._outlet is not None:
                self._outlet.close()
            self.loop.close()
            self._bell.close()
        if self._start_error is not None:
            raise self._start_error

    @property
    def phase(self) -> Phase:
        if self._stopping:
            return Phase.STOPPING
        if self._current is not None:
            return Phase.SERVING if self._coming is None else Phase.RESTARTING
        return Phase.STARTING if self._coming is not None else Phase.FAILED

    @property
    def processes(self) -> Iterator[Process]:
        """All that are alive."""
        for generation in self._generations:
            yield from generation.processes
        yield from self._leaving

    @property
    def crashes(self) -> int:
        """How many processes were replaced because they crashed."""
        return self._crashes_before + sum(generation.crashes for generation in self._generations)

    @property
    def tally(self) -> Tally:
        """Of all processes together, with those that have ended."""
        tallies = [process.tally for process in self.processes]
        return Tally(
            registered=self._current is not None,
            running=sum(tally.running for tally in tallies),
            done=self._done_before + sum(tally.done for tally in tallies),
        )

    @property
    def _generations(self) -> list[Generation]:
        return [each for each in (self._current, self._coming) if each is not None]

    def _heed_wishes(self) -> None:
        if self._stop_wanted and not self._stopping:
            self._stopping = True
            self._retire(*self._generations)
            self._current = self._coming = None
        if self._restart_wanted and not self._stopping:
            self._restart_wanted = False
            if self._coming is not None:
                self._retire(self._coming)
            self._coming = Generation(self._start, self._count, self._backoff)

    def _turn(self) -> None:
        now = monotonic()
        for generation in self._generations:
            generation.fill(now)
        starts = (generation.next_start for generation in self._generations)
        self.loop.turn(min(now + _LOOK_SECONDS, self.attend(now), self._kill_late(now), *starts))
        for process in [each for each in self.processes if each.end is not None]:
            self._bury(process)
        if self._coming is not None and self._coming.ready:
            self._take_over()

    def _kill_late(self, now: float) -> float:
        """End those whose time to leave is over; returns when the next one's is."""
        due = NEVER
        for process in self._leaving:
            assert process.told_to_leave is not None
            if now - process.told_to_leave < self._stop_timeout:
                due = min(due, process.told_to_leave + self._stop_timeout)
                continue
            log.error("process %d has not left within %g s and is killed", process.pid, self._stop_timeout)
            process.kill()
        return due

    def _start(self) -> Process:
        process = Process(self._target, self._resets, captured=self._outlet is not None)
        self.loop.watch(process.sentinel, lambda: self._ending(process))
        self.loop.watch(process.channel, lambda: self._hear(process))
        if self._outlet is not None and process.output is not None:
            self._outlet.follow(process.pid, process.output)
        return process

    def _ending(self, process: Process) -> None:
        """Only wakes the loop: every turn looks at all processes."""
        process.join(_EXIT_SECONDS)
        self.loop.forget(process.sentinel)

    def _hear(self, process: Process) -> None:
        if not process.read_reports():
            self.loop.forget(process.channel)

    def _bury(self, process: Process) -> None:
        process.read_reports()
        self.loop.forget(process.sentinel)
        self.loop.forget(process.channel)
        self._done_before += process.tally.done
        if process in self._leaving:
            self._leaving.remove(process)
            log.info("process %d left", process.pid)
        elif self._coming is not None and process in self._coming.processes and self._is_fatal(process):
            self._give_up(self._coming, process)
        else:
            next(each for each in self._generations if process in each.processes).replace(process)
        process.close()

    def _is_fatal(self, process: Process) -> bool:
        """Whether a process of the coming generation ended in a way that another would, too.

        Without any that serve, one that only crashed is tried again.
        """
        return bool(process.report.failure) or (self._current is not None and not left_in_order(process))

    def _give_up(self, generation: Generation, process: Process) -> None:
        """The coming generation will not come."""
        generation.processes.remove(process)
        self._coming = None
        self._retire(generation)
        if self._current is None and not self._patient:
            self._start_error = StartError(process.report.failure)
            self.stop()
            return
        kept = "the old ones go on" if self._current is not None else "a restart is waited for"
        log.error("process %d %s: the new processes are given up, %s", process.pid, end_of(process), kept)

    def _take_over(self) -> None:
        old, self._current, self._coming = self._current, self._coming, None
        log.info("all processes are ready")
        if old is not None:
            self._retire(old)

    def _retire(self, *generations: Generation) -> None:
        for generation in generations:
            self._crashes_before += generation.crashes
            self._leaving += generation.leave()
