"""Numbers and schedules for fuzz_schedule.c, which explains the format."""

from __future__ import annotations

import struct
from datetime import datetime, timezone

NUMBER, FIELDS_AS_TEXT, FIELDS_AS_BYTES = range(3)
UTC, INDIA, BERLIN, NEW_YORK, LORD_HOWE, SANTIAGO, DUBLIN = range(7)
ANY = 255


def number(text: bytes) -> bytes:
    return bytes([NUMBER]) + text


def after(zone: int, *moment: int) -> bytes:
    """A time zone, and year, month, day ... of UTC."""
    year, month, day, hour, minute = (*moment, 0, 0)[:5]
    seconds = int(datetime(year, month, day, hour, minute, tzinfo=timezone.utc).timestamp())
    return bytes([zone]) + struct.pack(">I", seconds)


def texts(start: bytes, *fields: bytes) -> bytes:
    return bytes([FIELDS_AS_TEXT]) + start + b"\0".join(fields)


def fields(start: bytes, *, minute: int = ANY, hour: int = ANY, day: int = ANY, month: int = ANY) -> bytes:
    """Days and months count from 1."""
    return bytes([FIELDS_AS_BYTES]) + start + bytes([minute, hour, (day - 1) & 255, (month - 1) & 255, ANY])


SEEDS = {
    "plain": number(b"1234"),
    "blanks-and-sign": number(b" \t\n\v\f\r-12x"),
    "least": number(b"-9223372036854775808"),
    "too-small": number(b"-9223372036854775809"),
    "greatest": number(b"9223372036854775807"),
    "too-large": number(b"9223372036854775808"),
    "no-digits": number(b"+-1"),
    "nul": number(b"1\x002"),
    "every-minute": texts(after(UTC, 2024, 1, 1), b"", b"*", b"", b"", b"*"),
    "out-of-range": texts(after(UTC, 2024, 1, 1), b"60", b"24", b"32", b"13", b"7"),
    "three-digits": texts(after(UTC, 2024, 1, 1), b"001"),
    "six-fields": texts(after(UTC, 2024, 1, 1), b"1", b"2", b"3", b"4", b"", b"6"),
    "29-february": texts(after(INDIA, 2096, 3, 1), b"0", b"0", b"29", b"2", b""),
    "30-february": texts(after(UTC, 2024, 1, 1), b"0", b"0", b"30", b"2", b""),
    "friday-13th": texts(after(BERLIN, 2024, 1, 1), b"", b"", b"13", b"", b"4"),
    "spring-hour-that-is-left-out": fields(after(BERLIN, 2024, 3, 30, 12), minute=30, hour=2),
    "spring-over-it": fields(after(NEW_YORK, 2024, 3, 10, 6, 30), minute=0, hour=5),
    "autumn-hour-twice": fields(after(BERLIN, 2025, 10, 26, 0, 26), minute=24),
    "half-an-hour": fields(after(LORD_HOWE, 2024, 4, 6, 14, 0), minute=45, hour=1),
    "day-without-first-hour": fields(after(SANTIAGO, 2024, 9, 7), minute=0, day=8),
    "winter-is-what-changes": fields(after(DUBLIN, 2024, 3, 12), hour=17, day=31),
}
