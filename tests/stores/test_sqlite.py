"""What is SQLite's own: gearmand's table, old ones, and what may happen to a file."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from gearfast._native import sqlite as native
from gearfast.stores.base import Batch, Damaged, StoreError
from gearfast.stores.sqlite import SqliteStore

GEARMANDS_COLUMNS = ["unique_key", "function_name", "priority", "data", "when_to_run"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "queue ?%.db"


@contextmanager
def opened(path: Path, *table: str) -> Iterator[SqliteStore]:
    store = SqliteStore(str(path), *table)
    store.open()
    with closing(store):
        yield store


def query(path: Path, sql: str, *values: object) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as db, db:
        return db.execute(sql, values).fetchall()


def test_the_table_is_gearmands(path: Path) -> None:
    """Its columns in its order and with its types; ours is behind them."""
    with opened(path) as store:
        store.commit(Batch([(b"u", b"f", 1, b"", 7, None)], []))
    columns = query(path, "PRAGMA table_info(gearman_queue)")
    assert [column[1] for column in columns] == [*GEARMANDS_COLUMNS, "reducer"]
    assert [column[2] for column in columns] == ["TEXT", "TEXT", "INTEGER", "BLOB", "INTEGER", "TEXT"]
    assert [column[5] for column in columns] == [1, 2, 0, 0, 0, 0]
    kinds = ", ".join(f"typeof({name})" for name in GEARMANDS_COLUMNS)
    [row] = query(path, f"SELECT {kinds} FROM gearman_queue")
    assert row == ("text", "text", "integer", "blob", "integer")


def test_a_commit_is_on_the_disk(path: Path) -> None:
    with opened(path) as store:
        assert store.database.query("PRAGMA journal_mode") == [(b"wal",)]
        assert store.database.query("PRAGMA synchronous") == [(2,)]


def test_the_table_may_have_any_name(path: Path) -> None:
    with opened(path, 'my "jobs"') as store:
        store.commit(Batch([(b"u", b"f", 1, b"data", 0, None)], []))
    assert query(path, 'SELECT data FROM "my ""jobs"""') == [(b"data",)]


def test_columns_may_stand_in_any_order_beside_others(path: Path) -> None:
    query(path, "CREATE TABLE gearman_queue (more, data, when_to_run, function_name, priority, unique_key)")
    query(path, "INSERT INTO gearman_queue VALUES (1, 'text', 5, 'f', 2, 'u')")
    with opened(path) as store:
        assert store.read() == [(1, b"u", b"f", 2, b"text", 5, None)]
        store.commit(Batch([], [(b"u", b"f")]))
    assert query(path, "SELECT * FROM gearman_queue") == []


def test_a_table_from_before_delayed_jobs_is_completed(path: Path) -> None:
    """As gearmand does, but so that gearmand can read it, too."""
    query(
        path, "CREATE TABLE gearman_queue (unique_key TEXT, function_name TEXT, priority INTEGER, data BLOB)"
    )
    query(path, "INSERT INTO gearman_queue VALUES ('u', 'f', 2, x'61')")
    with opened(path) as store:
        assert store.read() == [(1, b"u", b"f", 2, b"a", 0, None)]
    assert query(path, "SELECT when_to_run FROM gearman_queue") == [(0,)]


@pytest.mark.parametrize("missing", ["unique_key", "function_name", "priority", "data"])
def test_a_table_of_something_else_is_refused(path: Path, missing: str) -> None:
    others = ", ".join(name for name in GEARMANDS_COLUMNS if name != missing)
    query(path, f"CREATE TABLE gearman_queue ({others})")
    with pytest.raises(StoreError, match=f"has no column {missing}"), opened(path):
        pass


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("PRIMARY KEY (unique_key)", "unique_key"),
        ("PRIMARY KEY (unique_key, function_name), UNIQUE (data, priority)", "data and priority"),
    ],
)
def test_a_key_by_which_jobs_would_replace_others_is_refused(path: Path, key: str, told: str) -> None:
    query(path, f"CREATE TABLE gearman_queue ({', '.join(GEARMANDS_COLUMNS)}, {key})")
    with (
        pytest.raises(StoreError, match=f"has a unique key of {told}, so that a job would replace"),
        opened(path),
    ):
        pass


def test_other_keys_are_let_be(path: Path) -> None:
    keys = "id UNIQUE, UNIQUE (unique_key, id), UNIQUE (function_name, unique_key, priority)"
    query(path, f"CREATE TABLE gearman_queue ({', '.join(GEARMANDS_COLUMNS)}, {keys})")
    with opened(path) as store:
        store.commit(Batch([(b"u", b"f", 1, b"", 0, None), (b"u", b"g", 1, b"", 0, None)], []))
        assert len(store.read()) == 2


def test_text_is_what_sqlite_calls_text(path: Path) -> None:
    """A name stored as a number or as a BLOB would never be found again to be deleted."""
    with opened(path):
        pass
    query(path, "INSERT INTO gearman_queue VALUES (x'75', 7, 0, NULL, NULL, NULL)")
    with opened(path) as store:
        assert store.read() == [(1, None, b"7", 0, None, None, None)]


def test_set_aside_rows_are_kept_with_the_reason(path: Path) -> None:
    with opened(path):
        pass
    query(path, "INSERT INTO gearman_queue VALUES ('u', 'f', 9, 'data', 'when', NULL)")
    with opened(path) as store:
        store.set_aside([Damaged(store.read()[0], "its priority is 9")])
    aside = query(path, "SELECT * FROM gearman_queue_damaged")
    assert aside == [("u", "f", 9, "data", "when", None, "its priority is 9")]
    assert query(path, "SELECT * FROM gearman_queue") == []


def test_two_servers_cannot_share_a_database(path: Path) -> None:
    with opened(path), pytest.raises(StoreError, match="is in use by another gearfast"), opened(path):
        pass
    with opened(path):
        pass


def test_anybody_may_read_it(path: Path) -> None:
    with opened(path) as store:
        store.commit(Batch([(b"u", b"f", 1, b"data", 0, None)], []))
        assert query(path, "SELECT data FROM gearman_queue") == [(b"data",)]


def test_pythons_module_is_the_same_copy_of_sqlite(path: Path) -> None:
    """A second copy would drop the locks of the first when it closes the file, here without a word."""
    with opened(path):
        assert query(path, "SELECT 1") == [(1,)]
        others = "import sqlite3, sys; print(sqlite3.connect(sys.argv[1], 0).execute(sys.argv[2]).fetchone())"
        command = [sys.executable, "-c", others, str(path), "PRAGMA journal_mode = DELETE"]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "database is locked" in result.stderr
    assert result.stdout == ""


def test_a_database_that_somebody_else_writes_to(path: Path) -> None:
    with opened(path) as store, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="database is locked"):
            store.commit(Batch([(b"u", b"f", 1, b"data", 0, None)], []))
        other.execute("ROLLBACK")
        store.commit(Batch([(b"u", b"f", 1, b"data", 0, None)], []))


def test_a_table_that_is_gone_is_not_made_anew(path: Path) -> None:
    """It held jobs that were acknowledged: somebody must look."""
    with opened(path) as store:
        query(path, "ALTER TABLE gearman_queue RENAME TO elsewhere")
        with pytest.raises(StoreError, match="no such table"):
            store.commit(Batch([(b"u", b"f", 1, b"data", 0, None)], []))
        store.open()
        with pytest.raises(StoreError, match="no such table"):
            store.commit(Batch([], [(b"u", b"f")]))


def test_a_file_that_is_replaced_is_noticed(path: Path) -> None:
    """SQLite would go on writing to the one that nobody can see any more."""
    with opened(path) as store:
        path.rename(path.with_name("old"))
        path.touch()
        with pytest.raises(StoreError, match="has been replaced"):
            store.commit(Batch([(b"u", b"f", 1, b"data", 0, None)], []))


@pytest.mark.parametrize("content", [b"not a database" * 1000, b"SQLite format 3\0" + b"x" * 5000])
def test_a_file_that_is_no_database(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(StoreError), opened(path):
        pass
    assert path.read_bytes() == content


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="No such file"), opened(tmp_path / "nowhere" / "x.db"):
        pass


def test_a_database_in_another_encoding(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA encoding = 'UTF-16'")
        db.execute("CREATE TABLE t (x)")
    with pytest.raises(StoreError, match="is not in UTF-8"), opened(path):
        pass


WITHOUT_PYTHONS = """
import sys
sys.modules["_sqlite3"] = None
from gearfast.stores.base import Batch, StoreError
from gearfast.stores.sqlite import SqliteStore
store = SqliteStore(sys.argv[1])
try:
    store.open()
except StoreError as error:
    sys.exit(str(error))
store.commit(Batch([(b"u", b"f", 1, b"data", 0, None)], []))
print(store.read())
"""


class TestWherePythonHasNoSqlite:
    def run(self, path: Path, libraries: Path) -> subprocess.CompletedProcess[str]:
        """A store in a process that finds libraries in that folder first."""
        return subprocess.run(
            [sys.executable, "-c", WITHOUT_PYTHONS, str(path)],
            env={**os.environ, "LD_LIBRARY_PATH": str(libraries)},
            capture_output=True,
            text=True,
            check=False,
        )

    def test_the_systems_library_is_used(self, path: Path, tmp_path: Path) -> None:
        assert self.run(path, tmp_path).stdout == f"{[(1, b'u', b'f', 1, b'data', 0, None)]}\n"

    def test_a_library_that_is_missing(self, path: Path, tmp_path: Path) -> None:
        (tmp_path / "libsqlite3.so.0").touch()
        error = self.run(path, tmp_path).stderr
        assert "the library of SQLite is missing; Debian has it in libsqlite3-0 (" in error

    def test_a_library_that_is_too_old(self, path: Path, tmp_path: Path) -> None:
        (tmp_path / "libsqlite3.so.0").symlink_to(native.__file__)
        assert self.run(path, tmp_path).stderr == "libsqlite3.so.0 is too old: SQLite 3.20 is needed\n"
