"""MySQL and MariaDB: gearmand's own table in a database.

Beside gearmand's columns there are `reducer`, `long_name` (of a function that is longer than its column) and
`position`, in which order jobs came. Names are VARBINARY: with gearmand's VARCHAR, `U` and `u` would be the
same job. A batch is a few statements of many rows; what goes into them is in hex or base64.
"""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha1
from pathlib import Path
from typing import Any

import pymysql

from gearfast.stores.base import ANSWER_SECONDS, Add, Batch, Damaged, Key, Row, StoreError, refuse_larger
from gearfast.stores.names import FUNCTION_ROOM, stand_in

NAME = "mysql"
DEFAULT_TABLE = "gearman_queue"
DEFAULT_PORT = 3306

LOCK_SECONDS = 5
ROWS_AT_A_TIME = 2000
BYTES_AT_A_TIME = 16 << 20
KEYS_AT_A_TIME = 500
STATEMENT_BYTES = 1 << 20
ROOM_BESIDE_DATA = 64 << 10  # of the largest statement: for one row without its data
COLUMNS = {
    "unique_key": "VARBINARY(64)",
    "function_name": f"VARBINARY({FUNCTION_ROOM})",
    "priority": "INT",
    "data": "LONGBLOB",
    "when_to_run": "BIGINT",
    "reducer": "VARBINARY(64)",
    "long_name": "BLOB",
    "position": "BIGINT NOT NULL AUTO_INCREMENT UNIQUE",
}
ADDED_COLUMNS = {"when_to_run", "reducer", "long_name", "position"}
WRITTEN = COLUMNS.keys() - {"position"}
NAMES = ("unique_key", "function_name")
PART_OF = "part of "  # a column of a key
AS_UTF8 = "CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
KEPT_ASIDE = "unique_key, function_name, priority, data, when_to_run, reducer, long_name"
# Where Debian, others and MySQL itself have the socket that "localhost" means.
SOCKETS = ("/run/mysqld/mysqld.sock", "/var/lib/mysql/mysql.sock", "/tmp/mysql.sock")
SESSION = (
    "SET SESSION innodb_lock_wait_timeout = 5, lock_wait_timeout = 5, wait_timeout = 2147483,"
    " sql_mode = 'STRICT_ALL_TABLES', autocommit = 1"
)


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


class MysqlStore:
    """A table, which is made if it is missing; the database is not. A host "/…" is a Unix socket."""

    database = None

    def __init__(
        self,
        host: str,
        port: int,
        user: str,
        password: str,
        database: str,
        table: str = DEFAULT_TABLE,
        *,
        name: str = NAME,
        seconds: float = ANSWER_SECONDS,
    ) -> None:
        self.name = name
        self._place = _place(host, port)
        self._seconds = seconds
        self._user, self._password, self._database = user, password, database
        self._name = table
        self._table = _quoted(table)
        self._most = 0  # bytes in a statement
        self._is_new = True
        self._db: pymysql.Connection[Any] | None = None
        self._position = 0  # of the last row that was read
        self._last: int | None = None  # of the last row that was there at first

    def open(self) -> None:
        with self._reporting():
            if self._is_new:
                self._connect(None)  # a large table may be changed, which takes any time
                self._lock()
                self._make_table()
                self._is_new = False
            self._connect(self._seconds)
            self._lock()

    def read(self) -> list[Row]:
        with self._reporting():
            if self._last is None:
                self._last = self._query(f"SELECT coalesce(max(position), 0) FROM {self._table}")[0][0]
            new = f"FROM {self._table} WHERE position > {self._position} AND position <= "
            order = " ORDER BY position"
            sizes = f"SELECT position, coalesce(length(data), 0) {new}{self._last}{order}"
            end, size = self._position, 0
            for position, length in self._query(f"{sizes} LIMIT {ROWS_AT_A_TIME}"):
                end, size = position, size + length
                if size > BYTES_AT_A_TIME:
                    break
            found = self._query(f"SELECT position, {KEPT_ASIDE} {new}{end}{order}")
            self._position = end
            return [(*row[:2], row[7] or row[2], *row[3:7]) for row in found]

    def set_aside(self, damaged: list[Damaged]) -> None:
        aside = _quoted(f"{self._name}_damaged")
        with self._reporting():  # ends a transaction, so it is done before one
            columns = f"SELECT {KEPT_ASIDE}, repeat(' ', 255) AS reason FROM {self._table} WHERE false"
            self._query(f"CREATE TABLE IF NOT EXISTS {aside} ENGINE = InnoDB {columns}")
        with self._transaction():
            for (position, *_), reason in damaged:
                row = f"FROM {self._table} WHERE position = {position}"
                self._query(f"INSERT INTO {aside} SELECT {KEPT_ASIDE}, {_hex(reason.encode())} {row}")
                self._query(f"DELETE {row}")

    def commit(self, batch: Batch) -> None:
        refuse_larger(batch, (self._most - ROOM_BESIDE_DATA) // 4 * 3)
        adds = {add[:2]: add for add in batch.adds}
        with self._transaction():
            self._delete(batch.dones)
            self._insert(adds.values())

    def clear(self) -> None:
        with self._transaction():
            self._query(f"DELETE FROM {self._table}")

    def close(self) -> None:
        self._disconnect()

    # Rows

    def _delete(self, keys: Sequence[Key]) -> None:
        for first in range(0, len(keys), KEYS_AT_A_TIME):
            some = keys[first : first + KEYS_AT_A_TIME]
            uniques: dict[bytes, list[str]] = {}
            for unique, name in some:
                uniques.setdefault(_function(name), []).append(_hex(unique))
            matches = [
                f"unique_key IN ({','.join(texts)}) AND function_name = {_hex(name)}"
                for name, texts in uniques.items()
            ]
            self._query(f"DELETE FROM {self._table} WHERE {' OR '.join(matches)}")

    def _insert(self, adds: Iterable[Add]) -> None:
        """In statements of about STATEMENT_BYTES; one of a large job may be longer."""
        most = min(STATEMENT_BYTES, self._most - ROOM_BESIDE_DATA)
        rows: list[str] = []
        size = 0
        for add in adds:
            row = _row_of(add)
            if rows and size + len(row) > most:
                self._insert_rows(rows)
                rows, size = [], 0
            rows.append(row)
            size += len(row) + 1
        if rows:
            self._insert_rows(rows)

    def _insert_rows(self, rows: list[str]) -> None:
        self._query(f"REPLACE INTO {self._table} ({KEPT_ASIDE}) VALUES {','.join(rows)}")

    # The connection

    def _connect(self, seconds: float | None) -> None:
        self._disconnect()
        self._db = pymysql.connect(
            **self._place,
            user=self._user or None,
            password=self._password,
            database=self._database,
            charset="utf8mb4",
            use_unicode=False,
            connect_timeout=self._seconds,
            read_timeout=seconds,
            write_timeout=self._seconds,
        )
        self._query(SESSION)
        self._most = self._query("SELECT @@max_allowed_packet")[0][0]

    def _disconnect(self) -> None:
        if self._db is not None:
            with suppress(pymysql.Error):
                self._db.close()
            self._db = None

    def _lock(self) -> None:
        """Two servers with one table would each run its jobs. It is held as long as the connection."""
        place = f"{self._database}.{self._name}".encode()
        lock = _hex(b"gearfast:" + sha1(place).hexdigest().encode())
        if self._query(f"SELECT get_lock({lock}, {LOCK_SECONDS})")[0][0] != 1:
            raise StoreError(f"table {self._name} of {self._database} is in use by another gearfast")

    def _make_table(self) -> None:
        columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        key = "UNIQUE KEY unique_key (unique_key, function_name)"
        self._query(f"CREATE TABLE IF NOT EXISTS {self._table} ({columns}, {key}) ENGINE = InnoDB")
        self._check_engine()
        has_key = self._has_key()
        there = {row[0].decode(): row[1].decode().upper() for row in self._query(f"DESCRIBE {self._table}")}
        texts = [name for name in NAMES if "CHAR" in there.get(name, "")]
        if texts:  # what gearmand wrote in UTF-8 is kept in it
            self._alter([f"MODIFY {name} {there[name]} {AS_UTF8}" for name in texts])
        changes = [f"MODIFY {name} {COLUMNS[name]}" for name in texts]
        if not there.get("when_to_run", "BIGINT").startswith("BIGINT"):
            changes.append(f"MODIFY when_to_run {COLUMNS['when_to_run']}")
        for name in COLUMNS.keys() - there.keys():
            if name not in ADDED_COLUMNS:
                raise StoreError(f"table {self._name} has no column {name}")
            changes.append(f"ADD COLUMN {name} {COLUMNS[name]}")
        if changes:
            self._alter(changes)
        if not has_key:
            self._add_key()

    def _has_key(self) -> bool:
        """Whether there is a unique key of just both names: else a job written again would be there twice."""
        keys: dict[str, set[str]] = {}
        for row in self._query(f"SHOW INDEX FROM {self._table}"):
            is_shared, name, column, is_whole = row[1], row[2], row[4] or b"an expression", row[7] is None
            if not is_shared:
                part = "" if is_whole else PART_OF
                keys.setdefault(name.decode(), set()).add(f"{part}{column.decode()}")
        for name, columns in keys.items():
            is_ours = {column.removeprefix(PART_OF) for column in columns} <= WRITTEN
            if is_ours and not columns >= set(NAMES):
                self._refuse_key(name, columns)
        return set(NAMES) in keys.values()

    def _refuse_key(self, name: str, columns: set[str]) -> None:
        of = " and ".join(sorted(columns))
        trouble = f"table {self._name} has a unique key of {of}, so that a job would replace another"
        raise StoreError(f"{trouble}. ALTER TABLE {self._table} DROP KEY {_quoted(name)}")

    def _add_key(self) -> None:
        """Which of several rows is the job, only a human can tell."""
        key = f"UNIQUE KEY ({', '.join(NAMES)})"
        try:
            self._alter([f"ADD {key}"])
        except pymysql.IntegrityError as error:
            text = (
                f"table {self._name} lacks a {key}, and has jobs twice ({error.args[-1]}): remove one of each"
            )
            raise StoreError(text) from error

    def _alter(self, changes: list[str]) -> None:
        self._query(f"ALTER TABLE {self._table} {', '.join(changes)}")

    def _check_engine(self) -> None:
        """Others know no transactions, and forget when they crash."""
        here = f"table_schema = database() AND table_name = {_hex(self._name.encode())}"
        found = self._query(f"SELECT engine FROM information_schema.tables WHERE {here}")
        if not found or found[0][0] != b"InnoDB":
            raise StoreError(f"table {self._name} is not kept by InnoDB: ALTER TABLE … ENGINE = InnoDB")

    # Failures

    def _query(self, text: str) -> Sequence[tuple[Any, ...]]:
        assert self._db is not None
        with self._db.cursor() as cursor:
            cursor.execute(text)
            rows: Sequence[tuple[Any, ...]] = cursor.fetchall()
            return rows

    @contextmanager
    def _reporting(self) -> Iterator[None]:
        """What goes wrong, as StoreError."""
        try:
            yield
        except pymysql.Error as error:
            raise StoreError(" ".join(str(error.args[-1]).split())) from error

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._reporting():
            assert self._db is not None
            self._db.begin()
            try:
                yield
                self._db.commit()
            except BaseException:
                with suppress(pymysql.Error):
                    self._db.rollback()
                raise


def _place(host: str, port: int) -> dict[str, Any]:
    if host == "localhost":
        host = next((path for path in SOCKETS if Path(path).is_socket()), host)
    return {"unix_socket": host} if host.startswith("/") else {"host": host, "port": port}


def _hex(text: bytes) -> str:
    return f"x'{text.hex()}'"


def _function(name: bytes) -> bytes:
    return name if len(name) <= FUNCTION_ROOM else stand_in(name)


def _row_of(add: Add) -> str:
    unique, name, priority, data, when, reducer = add
    long_name = _hex(name) if len(name) > FUNCTION_ROOM else "NULL"
    coded = b2a_base64(data, newline=False).decode()
    return (
        f"({_hex(unique)},{_hex(_function(name))},{priority},from_base64('{coded}'),{when},"
        f"{_hex(reducer) if reducer else 'NULL'},{long_name})"
    )
