"""What a recording is made of: one event for each thing that happened. The numbers are those of the file."""

from __future__ import annotations

from enum import IntEnum, IntFlag
from typing import NamedTuple


class Kind(IntEnum):
    """What happened."""

    FUNCTION = 1  # the reader keeps these to itself
    CONNECT = 2
    GONE = 3
    REGISTER = 4
    UNREGISTER = 5
    RESET = 6
    SUBMIT = 7
    START = 8
    UPDATE = 9
    END = 10
    SKIPPED = 11
    AGAIN = 12  # the reader makes a SUBMIT of it


class Submit(IntFlag):
    """Details of a submit; below them, in two bits, the priority: 0 high, 1 normal, 2 low."""

    BACKGROUND = 4
    UNIQUE = 8
    DELAYED = 16
    JOINED = 32
    REFUSED = 64


PRIORITY_MASK = 3


class Update(IntEnum):
    """What a worker sent before the end."""

    DATA = 0
    WARNING = 1
    STATUS = 2


class Ending(IntEnum):
    """How a run of a job, or a job that waited, came to its end."""

    COMPLETE = 0
    FAIL = 1
    EXCEPTION = 2
    LOST = 3  # the worker left or timed out: the job waits again
    GIVEN_UP = 4  # the same, once too often
    UNWANTED = 5  # no client waited any more
    CANCELLED = 6


FAILURES = (Ending.FAIL, Ending.EXCEPTION)


class Event(NamedTuple):
    """`at` in seconds since the recording began. What its kind has not is 0, "" or None.

    `detail` is a Submit, an Update, an Ending, or 1 for a connection that was there before. `duration` is in
    microseconds, the wait of a START and the run of an END; of a SUBMIT seconds until the job is due, of a
    REGISTER its time-out in ms; None is unknown. `unique` and `data` are there only where payloads were
    recorded; of a CONNECT, `data` is the address.
    """

    at: float
    kind: Kind
    detail: int
    peer: int
    function: str
    number: int
    size: int
    duration: int | None
    unique: bytes | None
    data: bytes | None
