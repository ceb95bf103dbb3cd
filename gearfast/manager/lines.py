"""How a line of a process's log gets into the log of the command: marked with its level, on stderr."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator

_MARK = "\x1e"
_MARKED = re.compile(rb"\x1e([0-9]{1,3})\x1e")
_STDERR = 2


class MarkingHandler(logging.Handler):
    """Writes each line of a record with the record's level before it."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        try:
            lines = (f"{_MARK}{record.levelno}{_MARK}{line}\n" for line in self.format(record).split("\n"))
            left = "".join(lines).encode(errors="backslashreplace")
            while left:
                left = left[os.write(_STDERR, left) :]
        except Exception:
            self.handleError(record)


class ProcessLine(logging.LogRecord):
    """A line of a process, under its id."""

    def __init__(self, pid: int, level: int, text: bytes) -> None:
        decoded = text.decode(errors="backslashreplace")
        super().__init__("gearfast.manager", level, "", 0, decoded, None, None)
        self.column = str(pid)


def records_of(pid: int, line: bytes) -> Iterator[ProcessLine]:
    """What a process wrote up to a line's end: printed by somebody, which is INFO, or logged, or both."""
    printed, *logged = _MARKED.split(line, maxsplit=1)
    if printed or not logged:
        yield ProcessLine(pid, logging.INFO, printed)
    if logged:
        yield ProcessLine(pid, int(logged[0]), logged[1])
