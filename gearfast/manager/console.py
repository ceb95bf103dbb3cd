"""stderr: the log, and below it, on a terminal, a line that tells how things are."""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from types import TracebackType

from gearfast.manager.lines import records_of
from gearfast.server.logs import STDERR, LineFormatter

_ERASE = "\r\x1b[K"
_COLUMNS = 80  # of a terminal that does not tell


class Console(logging.Handler):
    """While entered it takes the log of gearfast, and `take_line` the lines of the processes."""

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.setFormatter(LineFormatter())
        self.on_terminal = os.isatty(STDERR)
        self._status = ""

    def __enter__(self) -> Console:
        logger = logging.getLogger("gearfast")
        logger.propagate = False
        logger.setLevel(self.level)
        logger.addHandler(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        logging.getLogger("gearfast").removeHandler(self)
        self.show("")

    def emit(self, record: logging.LogRecord) -> None:
        line = self.format(record) + "\n"
        self._write(_ERASE + line + self._status if self.on_terminal else line)

    def take_line(self, pid: int, line: bytes) -> None:
        """The process has chosen by level what it writes: all of it is shown."""
        for record in records_of(pid, line):
            self.handle(record)

    def show(self, status: str) -> None:
        """Show this at the bottom of the terminal, if it is one."""
        if self.on_terminal:
            self._status = status[: _columns() - 1]
            self._write(_ERASE + self._status)

    def _write(self, text: str) -> None:
        """What can't be written is lost: a full disk must not hurt the processes."""
        left = text.encode(errors="backslashreplace")
        with suppress(OSError):
            while left:
                left = left[os.write(STDERR, left) :]


def _columns() -> int:
    """Of the terminal, which may have gone away."""
    try:
        return os.get_terminal_size(STDERR).columns or _COLUMNS
    except OSError:
        return _COLUMNS
