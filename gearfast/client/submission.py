"""From what a user asks for to the packet that asks a server for it."""

from __future__ import annotations

import time
from datetime import datetime
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from gearfast.protocol.codec import pack
from gearfast.protocol.names import checked
from gearfast.protocol.packets import (
    ARGUMENT_MAX,
    SUBMIT_JOB,
    SUBMIT_JOB_BG,
    SUBMIT_JOB_EPOCH,
    SUBMIT_JOB_HIGH,
    SUBMIT_JOB_HIGH_BG,
    SUBMIT_JOB_LOW,
    SUBMIT_JOB_LOW_BG,
    SUBMIT_REDUCE_JOB,
    SUBMIT_REDUCE_JOB_BACKGROUND,
    UNIQUE_MAX,
)


class Priority(str, Enum):
    """`high` before `normal` before `low`; plain strings do as well."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


_TYPES = {
    (Priority.HIGH, False): SUBMIT_JOB_HIGH,
    (Priority.HIGH, True): SUBMIT_JOB_HIGH_BG,
    (Priority.NORMAL, False): SUBMIT_JOB,
    (Priority.NORMAL, True): SUBMIT_JOB_BG,
    (Priority.LOW, False): SUBMIT_JOB_LOW,
    (Priority.LOW, True): SUBMIT_JOB_LOW_BG,
}


_TIME_MAX = 2**62  # seconds; more than a server's clock holds


class Submission(NamedTuple):
    """All of a submit but its data, checked and encoded: jobs that differ in their data share it."""

    packet_type: int
    function: bytes
    unique: bytes
    background: bool
    more: tuple[bytes, ...]
    timeout: float | None
    retries: int

    @property
    def prefix(self) -> bytes:
        """The packet's body but for the data."""
        return b"\0".join((self.function, self.unique, *self.more, b""))

    def packet(self, data: bytes) -> bytes:
        """The SUBMIT_JOB packet. Raises ValueError for data of 4 GiB or more."""
        return pack(True, self.packet_type, self.function, self.unique, *self.more, data)


def submission(
    function: str | bytes,
    *,
    unique: str | bytes | None = None,
    priority: Priority | str = Priority.NORMAL,
    background: bool = False,
    at: datetime | float | None = None,
    delay: float | None = None,
    reducer: str | bytes | None = None,
    timeout: float | None = None,
    retries: int = 0,
) -> Submission:
    """Check what a user asks for. Raises ValueError for what no server can do."""
    if at is None and delay is None:
        return _checked_submission(function, unique, priority, background, None, reducer, timeout, retries)
    due = _due(at, delay)
    return _make(function, unique, priority, True, due, reducer, timeout, retries)


def _make(
    function: str | bytes,
    unique: str | bytes | None,
    priority: Priority | str,
    background: bool,
    due: int | None,
    reducer: str | bytes | None,
    timeout: float | None,
    retries: int,
) -> Submission:
    _check(Priority(priority), due is not None, reducer is not None, background, retries)
    packet_type = _TYPES[Priority(priority), background]
    more: tuple[bytes, ...] = ()
    if due is not None:
        packet_type, more = SUBMIT_JOB_EPOCH, (b"%d" % due,)
    elif reducer is not None:
        packet_type = SUBMIT_REDUCE_JOB_BACKGROUND if background else SUBMIT_REDUCE_JOB
        # The empty argument behind the reducer is an aggregator, which servers want and ignore.
        more = (checked(reducer, "reducer", UNIQUE_MAX), b"")
    return Submission(
        packet_type,
        checked(function, "function", ARGUMENT_MAX),
        checked(unique or b"", "unique", UNIQUE_MAX),
        background,
        more,
        timeout,
        retries,
    )


# Programs submit the same few functions with the same options again and again.
_checked_submission = lru_cache(maxsize=512)(_make)


def _due(at: datetime | float | None, delay: float | None) -> int:
    """Seconds since 1970, rounded up: never early."""
    if at is not None and delay is not None:
        raise ValueError("a job is due at a time or after a delay, not both")
    if delay is not None:
        if delay < 0:
            raise ValueError(f"a delay can't be negative: {delay}")
        at = time.time() + delay
    if isinstance(at, datetime):
        at = at.timestamp()
    assert at is not None
    if not abs(at) < _TIME_MAX:
        raise ValueError(f"no server knows the time {at}")
    return int(-(-at // 1))


def _check(priority: Priority, timed: bool, reduced: bool, background: bool, retries: int) -> None:
    if priority is not Priority.NORMAL and (timed or reduced):
        raise ValueError("jobs with a time or a reducer have normal priority")
    if timed and reduced:
        raise ValueError("a job has a time or a reducer, not both")
    if retries < 0:
        raise ValueError(f"retries can't be negative: {retries}")
    if retries and background:
        raise ValueError("nobody hears of a background job that fails: retries are for foreground jobs")
