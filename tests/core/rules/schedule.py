"""SUBMIT_JOB_SCHED: the next minute of local time that matches, found by trying one after the other."""

from __future__ import annotations

import time

BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))  # minute, hour, day, month, weekday from Monday
MINUTE = 60
QUARTER = 15 * MINUTE  # days begin with one, wherever one lives
FAR = 41 * 366 * 86400  # a leap day on a given weekday may be 40 years away


def next_minute(fields: list[bytes], now: int) -> int | None:
    """Seconds since the epoch; None when a field is out of range or no such day comes."""
    wanted = [number_in(text) for text in fields]
    for number, (low, high) in zip(wanted, BOUNDS, strict=True):
        if number is not None and not low <= number <= high:
            return None
    when = now - now % MINUTE + MINUTE
    last = when + FAR
    while when <= last:
        at = time.localtime(when)
        if not matches(wanted[2:], (at.tm_mday, at.tm_mon, at.tm_wday)):
            when += QUARTER - when % QUARTER
        elif not matches(wanted[:2], (at.tm_min, at.tm_hour)):
            when += MINUTE
        else:
            return when
    return None


def number_in(text: bytes) -> int | None:
    """None for any: nothing or a star. One or two digits are a number, anything else is out of range."""
    if text in (b"", b"*"):
        return None
    return int(text) if len(text) <= 2 and text.isdigit() else -1


def matches(wanted: list[int | None], found: tuple[int, ...]) -> bool:
    return all(want in (None, have) for want, have in zip(wanted, found, strict=True))
