"""SQLite, the embedded store: gearmand's own table, in a file of its own.

Beside gearmand's five columns there is one for the reducer, which gearmand neither writes nor minds. The file
is in WAL mode with synchronous=FULL: a committed batch is on the disk.

The connection is native: the store's thread writes through it without Python. Python's own module must not
open the file in the same process: it may be linked with another copy of SQLite.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gearfast._native.sqlite import Database
from gearfast.stores.base import Batch, Damaged, Row, StoreError

NAME = "libsqlite3"
DEFAULT_TABLE = "gearman_queue"

BUSY_MS = 1000
CHECKPOINT_PAGES = 4000  # four times SQLite's: pages that random keys touch again are written once
ROWS_AT_A_TIME = 2000
BYTES_AT_A_TIME = 16 << 20
COLUMNS = {
    "unique_key": "TEXT",
    "function_name": "TEXT",
    "priority": "INTEGER",
    "data": "BLOB",
    "when_to_run": "INTEGER",
    "reducer": "TEXT",
}
# Missing in tables of old versions of gearmand, and of all. Its gearmand reads no NULL as a time.
ADDED_COLUMNS = {"when_to_run": "INTEGER DEFAULT 0", "reducer": "TEXT"}

PUT = "INSERT OR REPLACE INTO {table} ({columns}) VALUES"
REMOVE = "DELETE FROM {table} WHERE unique_key = ? AND function_name = ?"
KEYS = (
    "SELECT key.name, part.name FROM pragma_index_list(?) AS key JOIN pragma_index_info(key.name) AS part"
    ' WHERE key."unique"'
)
SELECT = (
    "SELECT rowid,"
    " CASE typeof(unique_key) WHEN 'text' THEN unique_key END,"
    " CASE typeof(function_name) WHEN 'text' THEN function_name END,"
    " priority, data, when_to_run, reducer"
    " FROM {table} WHERE rowid > ? AND rowid <= ? ORDER BY rowid LIMIT ?"
)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


class SqliteStore:
    """A table of a database file; both are made if they are missing."""

    name = NAME

    def __init__(self, path: str, table: str = DEFAULT_TABLE) -> None:
        self._path = path
        self._file = Path(path)
        self._table = table
        self._rows = _quoted(table)
        self._lock = -1
        self._is_new = True
        self._db: Database | None = None
        self._position = 0  # the rowid of the last row that was read
        self._last: int | None = None  # of the last row that was there at first

    @property
    def database(self) -> Database:
        """The connection, another one after each `open`."""
        assert self._db is not None
        return self._db

    def open(self) -> None:
        self._disconnect()
        self._connect()
        if self._is_new:
            self._make_table()
        self._is_new = False

    def read(self) -> list[Row]:
        if self._last is None:
            [(self._last,)] = self.database.query(f"SELECT coalesce(max(rowid), 0) FROM {self._rows}")
        select = SELECT.format(table=self._rows)
        positions = self._position, self._last, ROWS_AT_A_TIME
        found = self.database.query(select, *positions, most=BYTES_AT_A_TIME)
        if found:
            self._position = found[-1][0]
        return found

    def set_aside(self, damaged: list[Damaged]) -> None:
        aside = _quoted(f"{self._table}_damaged")
        with self._transaction() as db:
            columns = ", ".join(COLUMNS)
            db.query(f"CREATE TABLE IF NOT EXISTS {aside} ({columns}, reason TEXT)")
            for row, reason in damaged:
                copied = f"INSERT INTO {aside} SELECT {columns}, ? FROM {self._rows} WHERE rowid = ?"
                db.query(copied, reason.encode(), row[0])
                db.query(f"DELETE FROM {self._rows} WHERE rowid = ?", row[0])

    def commit(self, batch: Batch) -> None:
        with self._transaction() as db:
            db.remove(batch.dones)
            db.put(batch.adds)

    def clear(self) -> None:
        with self._transaction() as db:
            db.query(f"DELETE FROM {self._rows}")

    def close(self) -> None:
        self._disconnect()

    # The connection

    def _connect(self) -> None:
        self._lock = self._lock_file(os.O_CREAT if self._is_new else 0)
        self._db = Database(
            os.fsencode(self._file.absolute()),
            self._lock,
            creates=self._is_new,
            busy_ms=BUSY_MS,
            put=PUT.format(table=self._rows, columns=", ".join(COLUMNS)),
            remove=REMOVE.format(table=self._rows),
        )
        if self._db.query("PRAGMA encoding") != [(b"UTF-8",)]:
            raise StoreError(f"{self._path} is not in UTF-8")
        self._db.query("PRAGMA journal_mode = WAL")
        self._db.query("PRAGMA synchronous = FULL")
        self._db.query(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")

    def _lock_file(self, flags: int) -> int:
        """Two servers with one database would each run its jobs.

        It may be closed only after the database: that would drop SQLite's own locks on it.
        """
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CLOEXEC | flags, 0o644)
        except OSError as error:
            raise StoreError(f"{self._path}: {error.strerror}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            is_taken = isinstance(error, BlockingIOError)
            trouble = " is in use by another gearfast" if is_taken else f": {error.strerror}"
            raise StoreError(f"{self._path}{trouble}") from None
        return descriptor

    def _disconnect(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _make_table(self) -> None:
        columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        key = "PRIMARY KEY (unique_key, function_name)"
        self.database.query(f"CREATE TABLE IF NOT EXISTS {self._rows} ({columns}, {key})")
        self._check_keys()
        there = {row[1].decode() for row in self.database.query(f"PRAGMA table_info({self._rows})")}
        for name in COLUMNS.keys() - there:
            if name not in ADDED_COLUMNS:
                raise StoreError(f"table {self._table} of {self._path} has no column {name}")
            self.database.query(f"ALTER TABLE {self._rows} ADD COLUMN {name} {ADDED_COLUMNS[name]}")

    def _check_keys(self) -> None:
        """With a unique key of less than both names, a job would replace another."""
        keys: dict[bytes, set[str]] = {}
        for key, column in self.database.query(KEYS, self._table.encode()):
            keys.setdefault(key, set()).add((column or b"an expression").decode())
        for columns in keys.values():
            if columns <= COLUMNS.keys() and not columns >= {"unique_key", "function_name"}:
                of = " and ".join(sorted(columns))
                trouble = f"table {self._table} of {self._path} has a unique key of {of}"
                raise StoreError(f"{trouble}, so that a job would replace another")

    @contextmanager
    def _transaction(self) -> Iterator[Database]:
        self.database.begin()
        try:
            yield self.database
        except BaseException:
            self.database.rollback()
            raise
        self.database.commit()
