"""gearmand's log levels, and the levels of Python's logging that stand for them."""

from __future__ import annotations

import logging
from enum import IntEnum


class Level(IntEnum):
    """The engine's levels, which are syslog's priorities too: a lower number is graver."""

    FATAL = 0
    ALERT = 1
    CRITICAL = 2
    ERROR = 3
    WARNING = 4
    NOTICE = 5
    INFO = 6
    DEBUG = 7

    @property
    def stdlib(self) -> int:
        """The level of Python's logging."""
        return _STDLIB[self]


_STDLIB = {
    Level.FATAL: logging.CRITICAL + 10,
    Level.ALERT: logging.CRITICAL + 5,
    Level.CRITICAL: logging.CRITICAL,
    Level.ERROR: logging.ERROR,
    Level.WARNING: logging.WARNING,
    Level.NOTICE: logging.INFO + 5,
    Level.INFO: logging.INFO,
    Level.DEBUG: logging.DEBUG,
}

for _level in (Level.FATAL, Level.ALERT, Level.NOTICE):
    logging.addLevelName(_level.stdlib, _level.name)
