"""A store that does what it is told, to be compared with the jobs that the server has."""

from __future__ import annotations

from collections import deque

from tests.core.effects import Record

Row = tuple[bytes, bytes, int]  # key, function, and the job's number where the key has to be made from it


class Kept:
    """`rows` is what a restart would find: the number of each job, 0 for one from before."""

    def __init__(self) -> None:
        self.rows: dict[Row, int] = {}
        self._pending: deque[Record] = deque()

    def tell(self, records: list[Record]) -> None:
        self._pending += records

    def commit(self, count: int) -> None:
        for _ in range(count):
            record = self._pending.popleft()
            row = row_of(record.key, record.function, record.number)
            if record.is_add:
                self.rows[row] = record.number
            else:
                self.rows.pop(row, None)


def row_of(key: bytes, function: bytes, number: int) -> Row:
    return key, function, 0 if key else number
