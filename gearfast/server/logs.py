"""The log: gearmand's line shape, to a file, stderr or nowhere, and to syslog as well."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from logging.handlers import SysLogHandler
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, ClassVar

from gearfast.complaint import complain
from gearfast.server.levels import Level

if TYPE_CHECKING:
    from gearfast._native.engine import LogRecord

logger = logging.getLogger("gearfast")
logger.addHandler(logging.NullHandler())

STDERR = 2
SYSLOG_SOCKET = "/dev/log"

_CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), 127)}
_THREAD_NAMES = {"listener": "listen"}


class EngineLine(logging.LogRecord):
    """A line of the engine, under its own time and thread."""

    def __init__(self, record: LogRecord) -> None:
        super().__init__(logger.name, Level(record.level).stdlib, "", 0, record.text, None, None)
        self.created = record.time
        self.column = _THREAD_NAMES.get(record.thread, record.thread)


class LineFormatter(logging.Formatter):
    """`   INFO 2026-01-02 03:04:05.123456 [  main ] text`; control characters are written as \\x0a.

    A record's attribute `column`, if it has one, says who wrote it.
    """

    def format(self, record: logging.LogRecord) -> str:
        when = datetime.fromtimestamp(record.created)
        column = getattr(record, "column", "main")
        text = record.getMessage().translate(_CONTROL)
        return f"{record.levelname:>7} {when:%Y-%m-%d %H:%M:%S.%f} [{column:>6} ] {text}"


class TextFormatter(logging.Formatter):
    """The text alone, for syslog, which adds the rest."""

    def format(self, record: logging.LogRecord) -> str:
        return record.getMessage().translate(_CONTROL)


class DescriptorHandler(logging.Handler):
    """Writes each line with one write(2); one that cannot be is lost, since a full disk must not hurt."""

    def __init__(self, descriptor: int, level: int) -> None:
        super().__init__(level)
        self._descriptor = descriptor
        self.setFormatter(LineFormatter())

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(OSError):
            os.write(self._descriptor, (self.format(record) + "\n").encode(errors="backslashreplace"))


class FileHandler(DescriptorHandler):
    """Appends to a file, and can be told to open it anew after it was moved away."""

    def __init__(self, path: str, level: int) -> None:
        self._path = path
        super().__init__(self._open(), level)

    def reopen(self) -> None:
        """Go on in a new file of that name; raises OSError and stays with the old one if that fails."""
        old, self._descriptor = self._descriptor, self._open()
        os.close(old)

    def close(self) -> None:
        os.close(self._descriptor)
        super().close()

    def _open(self) -> int:
        return os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOCTTY, 0o644)


class SyslogHandler(SysLogHandler):
    """Python's, with gearmand's levels."""

    priority_map: ClassVar[dict[str, str]] = {
        **SysLogHandler.priority_map,
        "NOTICE": "notice",
        "ALERT": "alert",
        "FATAL": "emerg",
    }

    def __init__(self, address: str) -> None:
        super().__init__(address, SysLogHandler.LOG_USER)
        self.ident = f"gearfast[{os.getpid()}]: "
        self.setFormatter(TextFormatter())


class KeepingHandler(logging.Handler):
    """Holds the lines that are written before the log file is open."""

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


class Log:
    """Where the log goes: `target` is a path, "stderr" or "none".

    Until `open`, WARNING and above are shown on stderr whatever target and level are, since someone watches
    the start, and what belongs into the log is kept for it.
    """

    def __init__(self, target: str, level: Level, *, syslog: bool = False) -> None:
        self._target, self._level, self._syslog = target, level.stdlib, syslog
        self._file: FileHandler | None = None
        self._kept = KeepingHandler(self._level)
        self._handlers: list[logging.Handler] = []

    def __enter__(self) -> Log:
        # Python would tell on stderr when syslog cannot be reached, with a traceback for each line.
        logging.raiseExceptions = False
        logger.propagate = False
        shown_from = min(self._level, logging.WARNING)
        logger.setLevel(shown_from)
        watched = DescriptorHandler(STDERR, shown_from if self._target == "stderr" else logging.WARNING)
        self._use([watched, self._kept])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._use([])

    def open(self) -> None:
        """Write to the target from now on; do without a file that cannot be opened, but say so."""
        later: list[logging.Handler] = [*self._open_file(), *self._open_syslog()]
        for record in self._kept.records:
            for handler in later:
                handler.handle(record)
        if self._file is None and self._target != "none":
            later.append(DescriptorHandler(STDERR, self._level))
        self._use(later)
        logger.setLevel(self._level)

    def reopen(self) -> None:
        """Go on in a new file, if the log is a file."""
        if self._file is None:
            return
        logger.log(Level.NOTICE.stdlib, "Reopening the log file")
        try:
            self._file.reopen()
        except OSError as error:
            logger.error("Cannot reopen the log file %s: %s", self._target, error.strerror)

    def write(self, record: LogRecord) -> None:
        """Log a line of the engine."""
        logger.handle(EngineLine(record))

    def _open_file(self) -> Iterator[logging.Handler]:
        if self._target in ("stderr", "none"):
            return
        try:
            self._file = FileHandler(self._target, self._level)
        except OSError as error:
            complain(f"Cannot open --log-file {self._target}: {error.strerror}; the log goes to stderr.")
        else:
            yield self._file

    def _open_syslog(self) -> Iterator[logging.Handler]:
        if not self._syslog:
            return
        if not Path(SYSLOG_SOCKET).is_socket():
            complain(f"--syslog: there is no {SYSLOG_SOCKET}; lines are sent once it is there.")
        yield SyslogHandler(SYSLOG_SOCKET)

    def _use(self, handlers: list[logging.Handler]) -> None:
        for handler in self._handlers:
            logger.removeHandler(handler)
            handler.close()
        self._handlers = handlers
        for handler in handlers:
            logger.addHandler(handler)
