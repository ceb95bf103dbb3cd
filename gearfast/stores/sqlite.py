"""SQLite, the embedded store: gearmand's own table, in a file of its own.

Beside gearmand's five columns there is one for the reducer, which gearmand neither writes nor minds. The file
is in WAL mode with synchronous=FULL: a committed batch is on the disk.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from gearfast.stores.base import Batch, Damaged, Row, StoreError

NAME = "libsqlite3"
DEFAULT_TABLE = "gearman_queue"

BUSY_SECONDS = 1.0
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


# Text is bound as bytes, since names need not be UTF-8, and made text as it is.
INSERT = (
    "INSERT OR REPLACE INTO {table} ({columns})"
    " VALUES (CAST(? AS TEXT), CAST(? AS TEXT), ?, ?, ?, CAST(? AS TEXT))"
)
DELETE = "DELETE FROM {table} WHERE unique_key = CAST(? AS TEXT) AND function_name = CAST(? AS TEXT)"
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
        self._insert = INSERT.format(table=self._rows, columns=", ".join(COLUMNS))
        self._delete = DELETE.format(table=self._rows)
        self._lock = -1
        self._inode = (0, 0)
        self._is_new = True
        self._db: sqlite3.Connection | None = None
        self._position = 0  # the rowid of the last row that was read
        self._last: int | None = None  # of the last row that was there at first

    def open(self) -> None:
        with self._reporting():
            self._disconnect()
            self._connect()
            if self._is_new:
                self._make_table()
            self._is_new = False

    def read(self) -> list[Row]:
        with self._reporting() as db:
            if self._last is None:
                self._last = db.execute(f"SELECT coalesce(max(rowid), 0) FROM {self._rows}").fetchone()[0]
            found, size = [], 0
            select = SELECT.format(table=self._rows)
            for row in db.execute(select, (self._position, self._last, ROWS_AT_A_TIME)):
                found.append(row)
                size += len(row[4]) if isinstance(row[4], bytes) else 0
                if size > BYTES_AT_A_TIME:
                    break
            if found:
                self._position = found[-1][0]
            return found

    def set_aside(self, damaged: list[Damaged]) -> None:
        aside = _quoted(f"{self._table}_damaged")
        with self._transaction() as db:
            columns = ", ".join(COLUMNS)
            db.execute(f"CREATE TABLE IF NOT EXISTS {aside} ({columns}, reason TEXT)")
            for row, reason in damaged:
                copied = f"INSERT INTO {aside} SELECT {columns}, ? FROM {self._rows} WHERE rowid = ?"
                db.execute(copied, (reason, row[0]))
                db.execute(f"DELETE FROM {self._rows} WHERE rowid = ?", (row[0],))

    def commit(self, batch: Batch) -> None:
        with self._transaction() as db:
            if batch.dones:
                db.executemany(self._delete, batch.dones)
            if batch.adds:
                db.executemany(self._insert, batch.adds)

    def clear(self) -> None:
        with self._transaction() as db:
            db.execute(f"DELETE FROM {self._rows}")

    def close(self) -> None:
        self._disconnect()

    # The connection

    def _connect(self) -> None:
        mode = "rwc" if self._is_new else "rw"
        self._lock = self._lock_file(os.O_CREAT if self._is_new else 0)
        self._db = sqlite3.connect(
            f"file:{quote(self._path)}?mode={mode}",
            uri=True,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        self._db.text_factory = bytes
        if self._db.execute("PRAGMA encoding").fetchone()[0] != b"UTF-8":
            raise StoreError(f"{self._path} is not in UTF-8")
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")

    def _lock_file(self, flags: int) -> int:
        """Two servers with one database would each run its jobs.

        It may be closed only after the database: that would drop SQLite's own locks on it.
        """
        descriptor = os.open(self._path, os.O_RDWR | os.O_CLOEXEC | flags, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise StoreError(f"{self._path} is in use by another gearfast") from None
        status = os.fstat(descriptor)
        self._inode = (status.st_dev, status.st_ino)
        return descriptor

    def _disconnect(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _make_table(self) -> None:
        assert self._db is not None
        columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        key = "PRIMARY KEY (unique_key, function_name)"
        self._db.execute(f"CREATE TABLE IF NOT EXISTS {self._rows} ({columns}, {key})")
        there = {row[1].decode() for row in self._db.execute(f"PRAGMA table_info({self._rows})")}
        for name in COLUMNS.keys() - there:
            if name not in ADDED_COLUMNS:
                raise StoreError(f"table {self._table} of {self._path} has no column {name}")
            self._db.execute(f"ALTER TABLE {self._rows} ADD COLUMN {name} {ADDED_COLUMNS[name]}")

    # Failures

    @contextmanager
    def _reporting(self) -> Iterator[sqlite3.Connection]:
        """What goes wrong, as StoreError."""
        try:
            yield self._db  # type: ignore[misc]
        except sqlite3.Error as error:
            raise StoreError(str(error)) from error
        except OSError as error:
            raise StoreError(f"{self._path}: {error.strerror}") from error

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._reporting() as db:
            self._check_file()
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise

    def _check_file(self) -> None:
        """SQLite would go on writing to a file that has been deleted."""
        status = self._file.stat()
        if (status.st_dev, status.st_ino) != self._inode:
            raise StoreError(f"{self._path} has been replaced")
