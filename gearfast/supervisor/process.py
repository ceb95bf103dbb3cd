"""One forked process, as its supervisor sees it."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterable
from time import monotonic

from gearfast.supervisor.child import Target, begin
from gearfast.supervisor.report import Report, Tally


class Process:
    """Runs from the moment it is made.

    `report` is what it told last; `told_to_leave` when it was, on the monotonic clock, or None; `output`, if
    it was wanted, a descriptor from which its stdout and stderr can be read, which is the caller's to close.
    """

    def __init__(self, target: Target, resets: Iterable[signal.Signals], *, captured: bool) -> None:
        """Fork. In the process the signals `resets` do what they do by default. Raises OSError."""
        self.report = Report()
        self.told_to_leave: float | None = None
        self.born = monotonic()
        self.output: int | None = None
        self.channel, sender = multiprocessing.Pipe(duplex=False)
        writer: int | None = None
        if captured:
            self.output, writer = os.pipe()
            os.set_blocking(self.output, False)
        self._process = multiprocessing.get_context("fork").Process(
            target=begin, args=(target, sender, writer, tuple(resets), os.getpid())
        )
        before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            self._process.start()
        except OSError:
            self.channel.close()
            if self.output is not None:
                os.close(self.output)
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            sender.close()
            if writer is not None:
                os.close(writer)

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def sentinel(self) -> int:
        """Readable a moment before the process has ended, unless others hold it open or it was closed."""
        return self._process.sentinel

    @property
    def tally(self) -> Tally:
        return self.report.tally

    @property
    def ready(self) -> bool:
        """Whether the servers give it jobs."""
        return self.tally.registered

    @property
    def end(self) -> int | None:
        """Its exit code, or minus the number of the signal that killed it; None while it runs."""
        return self._process.exitcode

    def read_reports(self) -> bool:
        """Take what it has told; false when no more will come."""
        try:
            while self.channel.poll():
                self.report = self.channel.recv()
        except EOFError:
            return False
        return True

    @property
    def leaving(self) -> bool:
        """Whether it was told to leave."""
        return self.told_to_leave is not None

    def leave(self) -> None:
        """Have it finish its jobs and leave."""
        self.told_to_leave = monotonic()
        self._process.terminate()

    def join(self, seconds: float) -> None:
        """Wait for its end."""
        self._process.join(seconds)

    def kill(self) -> None:
        """End it at once and wait for that."""
        self._process.kill()
        self._process.join()

    def close(self) -> None:
        """Release what an ended process held."""
        self.channel.close()
        self._process.close()
