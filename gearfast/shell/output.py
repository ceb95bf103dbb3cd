"""What is printed of a job: the bytes of `gearman`, each as soon as it is known; a bar on a terminal."""

from __future__ import annotations

import shutil
import sys
from typing import BinaryIO

from gearfast.complaint import complain
from gearfast.protocol.names import number
from gearfast.protocol.packets import (
    WORK_COMPLETE,
    WORK_DATA,
    WORK_EXCEPTION,
    WORK_FAIL,
    WORK_STATUS,
    WORK_WARNING,
)

_ON_STDOUT = frozenset((WORK_COMPLETE, WORK_DATA))
_ON_STDERR = frozenset((WORK_EXCEPTION, WORK_WARNING))


class Output:
    """Data on stdout; warnings, exceptions and failures on stderr; progress on stdout, as percent."""

    def __init__(self, prefix: bool, verbose: bool) -> None:
        """`prefix` puts the function before all that is said of a job; `verbose` tells handles."""
        self._prefix = prefix
        self._verbose = verbose
        self._bar = Bar() if sys.stdout.isatty() and sys.stderr.isatty() else None

    def created(self, handle: bytes) -> None:
        """A server took the job."""
        if self._verbose:
            self._write(sys.stdout.buffer, b"Task created: " + handle + b"\n")

    def report(self, function: bytes, kind: int, arguments: tuple[bytes, ...]) -> None:
        """A WORK_* packet came."""
        label = function + b": " if self._prefix else b""
        if kind in _ON_STDOUT:
            self._write(sys.stdout.buffer, label + arguments[1])
        elif kind in _ON_STDERR:
            self._write(sys.stderr.buffer, label + arguments[1])
        elif kind == WORK_STATUS:
            self._progress(label, percent(number(arguments[1]), number(arguments[2])))
        elif kind == WORK_FAIL:
            self._write(sys.stderr.buffer, label + b"Job failed\n")

    def complain(self, text: str) -> None:
        """Say what went wrong between us and the server."""
        self.close()
        complain(text)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.clear()

    def _progress(self, label: bytes, done: int) -> None:
        if self._bar is not None:
            self._bar.draw(label.decode("utf-8", "backslashreplace"), done)
        else:
            self._write(sys.stdout.buffer, b"%s%d%% Complete\n" % (label, done))

    def _write(self, stream: BinaryIO, text: bytes) -> None:
        self.close()
        stream.write(text)
        stream.flush()


def percent(numerator: int, denominator: int) -> int:
    """How much of it is done, rounded down; 0 of a denominator that makes no sense."""
    return numerator * 100 // denominator if denominator else 0


class Bar:
    """A line at the bottom of the terminal that is drawn anew for each word of progress."""

    def __init__(self) -> None:
        self._drawn = False

    def draw(self, label: str, done: int) -> None:
        """Show so many percent."""
        text = f"{label}{done}% "
        room = max(0, min(40, shutil.get_terminal_size().columns - len(text) - 3))
        filled = room * min(done, 100) // 100
        bar = f"[{'#' * filled}{' ' * (room - filled)}]" if room else ""
        sys.stderr.write(f"\r\x1b[K{text}{bar}")
        sys.stderr.flush()
        self._drawn = True

    def clear(self) -> None:
        """Leave the line to others."""
        if self._drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._drawn = False
