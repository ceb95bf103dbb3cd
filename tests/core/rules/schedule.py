"""SUBMIT_JOB_SCHED: the next minute of local time that matches, found by trying one after the other."""

from __future__ import annotations

from datetime import datetime, timedelta

BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))  # minute, hour, day, month, weekday from Monday
LAST_DAY = 9 * 365


def next_minute(fields: list[bytes], now: int) -> int | None:
    """Seconds since the epoch; None when a field is out of range or no such day comes."""
    wanted = [number_in(text) for text in fields]
    for number, (low, high) in zip(wanted, BOUNDS, strict=True):
        if number is not None and not low <= number <= high:
            return None
    minute = datetime.fromtimestamp(now - now % 60 + 60)
    last = minute + timedelta(days=LAST_DAY)
    while minute < last:
        if not matches(wanted[2:], (minute.day, minute.month, minute.weekday())):
            minute = minute.replace(hour=0, minute=0) + timedelta(days=1)
        elif not matches(wanted[:2], (minute.minute, minute.hour)):
            minute += timedelta(minutes=1)
        else:
            return int(minute.timestamp())
    return None


def number_in(text: bytes) -> int | None:
    """None for any: nothing or a star. One or two digits are a number, anything else is out of range."""
    if text in (b"", b"*"):
        return None
    return int(text) if len(text) <= 2 and text.isdigit() else -1


def matches(wanted: list[int | None], found: tuple[int, ...]) -> bool:
    return all(want in (None, have) for want, have in zip(wanted, found, strict=True))
