"""`gearfast worker` from its start to its end: the supervisor, its signals and what it shows."""

from __future__ import annotations

import logging
import signal
from functools import partial
from time import monotonic

from gearfast.links.backoff import DEFAULT_BACKOFF
from gearfast.links.link import NEVER
from gearfast.manager.code_watch import CodeWatch
from gearfast.manager.console import Console
from gearfast.manager.notify import Notifier
from gearfast.manager.settings import Settings
from gearfast.manager.status import Status
from gearfast.manager.work import name_process, work
from gearfast.server.daemon import hold_standard_descriptors
from gearfast.server.errors import ExitCode, ServerError
from gearfast.server.signals import STOP_SIGNALS, Signals
from gearfast.supervisor.supervisor import StartError, Supervisor

log = logging.getLogger("gearfast.manager")

CAUGHT = (*STOP_SIGNALS, signal.SIGHUP, signal.SIGCHLD)
_LOOK_AT_CODE_SECONDS = 0.5


def run(settings: Settings) -> ExitCode:
    """Keep the processes working until told to stop.

    Raises ServerError when they have nothing to run, or the system refuses what is needed.
    """
    hold_standard_descriptors()
    name_process("gearfast worker")
    try:
        with Signals(CAUGHT) as signals, Console(settings.level) as console:
            WorkerCommand(settings, signals, console).run()
    except StartError as error:
        raise ServerError(ExitCode.CONFIG, f"{error}.") from error
    except OSError as error:
        raise ServerError(ExitCode.OS_ERROR, f"{error.strerror or error}.") from error
    return ExitCode.OK


class WorkerCommand:
    """Tells the supervisor what signals and changed files ask for, and others what the supervisor does."""

    def __init__(self, settings: Settings, signals: Signals, console: Console) -> None:
        self._signals = signals
        self._console = console
        self._notifier = Notifier()
        self._code = CodeWatch(settings.app_dir) if settings.reload else None
        self._look_at = 0.0
        self._supervisor = Supervisor(
            partial(work, settings),
            settings.processes,
            DEFAULT_BACKOFF,
            resets=CAUGHT,
            take_line=console.take_line,
            patient=settings.reload,
            stop_timeout=NEVER if settings.stop_timeout is None else settings.stop_timeout,
        )
        self._status = Status(self._supervisor, settings.processes)

    def run(self) -> None:
        """Until a signal stops it."""
        self._supervisor.loop.watch(self._signals, self._heed_signals)
        self._supervisor.attend = self._attend
        self._supervisor.run()
        log.info("%d jobs were done", self._supervisor.tally.done)

    def _heed_signals(self) -> None:
        for number in self._signals.read():
            if number in STOP_SIGNALS:
                log.info("stopping on %s", number.name)
                self._supervisor.stop()
            elif number is signal.SIGHUP:
                log.info("restarting on SIGHUP")
                self._supervisor.restart()

    def _attend(self, now: float) -> float:
        deadline = NEVER
        if self._code is not None:
            deadline = self._look_at_code(self._code, now)
        if self._console.on_terminal or self._notifier.wanted:
            deadline = min(deadline, self._tell(now))
        return deadline

    def _look_at_code(self, code: CodeWatch, now: float) -> float:
        if now >= self._look_at:
            if code.changed():
                log.info("restarting, the code has changed")
                self._supervisor.restart()
            self._look_at = monotonic() + _LOOK_AT_CODE_SECONDS
        return self._look_at

    def _tell(self, now: float) -> float:
        """At most once a second, and whenever the phase changes."""
        if self._status.due(now):
            text = self._status.text(now)
            self._console.show(text)
            self._notifier.tell(self._supervisor.phase, text)
        return self._status.next_time
