"""Signals as readable bytes on a descriptor, for the main loop."""

from __future__ import annotations

import os
import select
import signal
import socket
import time
from collections.abc import Iterable
from types import FrameType, TracebackType

from gearfast.server.errors import ExitCode

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
CAUGHT = (*STOP_SIGNALS, signal.SIGHUP, signal.SIGUSR1)


class StopRequested(Exception):  # noqa: N818 - nothing went wrong
    """SIGTERM or SIGINT came before the server served."""


class Signals:
    """While entered, signals only write their number to a socket pair; a second stop signal ends the process.

    The handlers do that, not the main loop, so that it works while the main thread waits for something else.
    """

    def __init__(self, caught: Iterable[signal.Signals] = CAUGHT) -> None:
        self._caught_signals = tuple(caught)
        self._stopping = False
        self._unread: list[signal.Signals] = []

    def __enter__(self) -> Signals:
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self._before = {number: signal.signal(number, self._caught) for number in self._caught_signals}
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        signal.set_wakeup_fd(-1)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._reader.close()
        self._writer.close()

    def ignore(self) -> None:
        """From now on nothing that was caught does anything, also after the exit."""
        for number in self._caught_signals:
            self._before[number] = signal.SIG_IGN
            signal.signal(number, signal.SIG_IGN)

    def fileno(self) -> int:
        """Readable when a signal came."""
        return self._reader.fileno()

    def read(self) -> list[signal.Signals]:
        """The signals since the last call, oldest first."""
        self._receive()
        signals, self._unread = self._unread, []
        return signals

    def sleep(self, seconds: float) -> None:
        """Wait; raises StopRequested when a stop signal comes. Other signals stay to be read."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            select.select([self._reader], [], [], left)
            self._receive()
            if any(number in STOP_SIGNALS for number in self._unread):
                raise StopRequested

    def _receive(self) -> None:
        try:
            self._unread += [signal.Signals(number) for number in self._reader.recv(1024)]
        except BlockingIOError:
            return

    def _caught(self, number: int, _frame: FrameType | None) -> None:
        if number in STOP_SIGNALS:
            if self._stopping:
                os._exit(ExitCode.INTERRUPTED)
            self._stopping = True
