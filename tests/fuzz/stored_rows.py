"""Rows of any types, as a store may give them: each becomes a job or is set aside with a reason.

The input is fields, seven to a row: a byte for the kind, then what that kind needs (`field`).
"""

from __future__ import annotations

from typing import Any

from gearfast.server.config import LIBSQLITE3, Config
from gearfast.server.run import make_engine
from gearfast.stores.base import MADE_KEY, Batch, Damaged, Row

FIELDS = 7
LARGE = 9000
MADE = MADE_KEY + b"0123456789abcdef:01234567"


class Bytes:
    """The input, read from the front; what is missing reads as zeros or is left out."""

    def __init__(self, data: bytes) -> None:
        self._left = data

    def __bool__(self) -> bool:
        return bool(self._left)

    def take(self, size: int) -> bytes:
        taken, self._left = self._left[:size], self._left[size:]
        return taken

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "little", signed=True)


def field(source: Bytes) -> Any:
    """What a database may hold, and a driver make of it."""
    kind = source.number(1) & 15
    values: dict[int, Any] = {1: 0, 2: 1, 3: 2, 4: b"", 5: b"-", 6: b"f", 7: MADE, 8: True}
    if kind in values:
        return values[kind]
    if kind == 9:
        return source.number(1)
    if kind == 10:
        return source.number(12)
    if kind == 11:
        return source.take(16).decode("latin-1")
    if kind == 12:
        return source.number(4) / 3
    if kind in (13, 14):
        return source.take(source.number(1) & 127)
    return source.take(1) * LARGE if kind == 15 else None


def rows_of(source: Bytes) -> list[Row]:
    rows: list[Row] = []
    while source:
        rows.append(tuple(field(source) for _ in range(FIELDS)))
    return rows


def play(data: bytes) -> None:
    """Raises AssertionError, or whatever escapes, where rows are dealt with badly."""
    rows = rows_of(Bytes(data))
    engine = make_engine(Config(threads=0, queue_type=LIBSQLITE3, libsqlite3_db="never opened"))
    engine.start([])
    assert engine.journal is not None
    engine.journal.begin()
    try:
        check(rows, *engine.journal.restore(rows))
        engine.journal.all_restored()
        check_told(rows, engine.journal.take(wait=False))
    finally:
        engine.journal.close()
        engine.stop()


def check_told(rows: list[Row], batch: Batch | None) -> None:
    """The server may have found that two rows are the same job: one of them is to go."""
    if batch is not None:
        assert batch.adds == []
        assert set(batch.dones) <= {(key, function) for _, key, function, *_ in rows if type(key) is bytes}


def check(rows: list[Row], count: int, damaged: list[Damaged]) -> None:
    assert count + len(damaged) == len(rows)
    for row, reason in damaged:
        assert row in rows
        assert reason.startswith("its ")
    for _, key, function, *_ in (row for row in rows if row not in [bad.row for bad in damaged]):
        assert isinstance(key, bytes)
        assert isinstance(function, bytes)
        assert b"\0" not in function
