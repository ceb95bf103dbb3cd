"""What is MySQL's own: gearmand's table, old ones, and engines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pymysql
import pytest

from gearfast.stores.base import Add, Batch, Damaged, StoreError
from gearfast.stores.mysql import MysqlStore
from tests.stores.sql_kinds import MysqlKind
from tests.support.sql_servers import PASSWORD, USER

JOB: Add = (b"u", b"f", 1, b"data", 0, None)
COLUMNS = "unique_key VARCHAR(64), function_name VARCHAR(255), priority INT, data LONGBLOB, when_to_run INT"
GEARMANDS = """
    CREATE TABLE gearman_queue (unique_key VARCHAR(64), function_name VARCHAR(255), priority INT,
    data LONGBLOB, when_to_run INT, UNIQUE KEY unique_key (unique_key, function_name)) CHARACTER SET latin1
"""


@pytest.fixture
def kind(tmp_path: Path) -> MysqlKind:
    return MysqlKind(tmp_path)


@contextmanager
def opened(kind: MysqlKind, host: str = "127.0.0.1", table: str = "gearman_queue") -> Iterator[MysqlStore]:
    store = MysqlStore(host, kind.server.port, USER, PASSWORD, kind.database, table)
    with closing(store):
        store.open()
        yield store


def connected(kind: MysqlKind) -> pymysql.Connection[Any]:
    return pymysql.connect(
        host="127.0.0.1",
        port=kind.server.port,
        user=USER,
        password=PASSWORD,
        database=kind.database,
        autocommit=True,
    )


def query(kind: MysqlKind, text: str) -> Sequence[tuple[Any, ...]]:
    with connected(kind) as db:
        cursor = db.cursor()
        cursor.execute(text)
        rows: Sequence[tuple[Any, ...]] = cursor.fetchall()
        return rows


def test_the_table_is_gearmands(kind: MysqlKind) -> None:
    with opened(kind):
        pass
    columns = query(kind, "DESCRIBE gearman_queue")[:5]
    assert [row[0] for row in columns] == ["unique_key", "function_name", "priority", "data", "when_to_run"]
    assert [row[1] for row in columns] == [
        *("varbinary(64)", "varbinary(255)", "int(11)", "longblob", "bigint(20)")
    ]


def test_gearmands_table_is_completed(kind: MysqlKind) -> None:
    """Names that its collation takes for one are two from now on."""
    query(kind, GEARMANDS)
    query(kind, "INSERT INTO gearman_queue VALUES ('ü', 'f', NULL, NULL, NULL), ('u', 'f', 2, 'x', -7)")
    with opened(kind) as store:
        assert [row[1:] for row in store.read()] == [
            ("ü".encode(), b"f", None, None, None, None),
            (b"u", b"f", 2, b"x", -7, None),
        ]
        store.commit(Batch([(b"U", b"f", 1, b"", 2**40, None)], [("ü".encode(), b"f")]))
    assert query(kind, "SELECT unique_key, when_to_run FROM gearman_queue ORDER BY position") == (
        (b"u", -7),
        (b"U", 2**40),
    )


def test_a_table_from_before_delayed_jobs_is_completed(kind: MysqlKind) -> None:
    columns = "more INT, data BLOB, priority INT, function_name VARCHAR(255), unique_key VARCHAR(64)"
    query(kind, f"CREATE TABLE gearman_queue ({columns})")
    query(kind, "INSERT INTO gearman_queue VALUES (1, 'x', 1, 'f', 'u')")
    with opened(kind) as store:
        assert [row[1:] for row in store.read()] == [(b"u", b"f", 1, b"x", None, None)]


@pytest.mark.parametrize(
    "key",
    [
        "",
        ", KEY (unique_key, function_name)",
        ", UNIQUE KEY (unique_key, function_name, priority)",
        ", more INT UNIQUE",
    ],
)
def test_a_job_is_there_once_also_where_no_key_says_so(kind: MysqlKind, key: str) -> None:
    query(kind, f"CREATE TABLE gearman_queue ({COLUMNS}{key})")
    with opened(kind) as store:
        for _ in range(2):
            store.commit(Batch([JOB], []))
    assert query(kind, "SELECT unique_key, function_name FROM gearman_queue") == ((b"u", b"f"),)


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("UNIQUE KEY (unique_key)", "unique_key"),
        ("PRIMARY KEY (function_name)", "function_name"),
        ("UNIQUE KEY (unique_key, function_name(9))", "part of function_name and unique_key"),
        ("UNIQUE KEY unique_key (unique_key, function_name), UNIQUE KEY `a``b` (data(9))", "part of data"),
    ],
)
def test_a_key_by_which_jobs_would_replace_others_is_refused(kind: MysqlKind, key: str, told: str) -> None:
    """The table stays as it is; with the key dropped, as the message says, it is taken."""
    query(kind, f"CREATE TABLE gearman_queue ({COLUMNS}, {key})")
    query(kind, "INSERT INTO gearman_queue VALUES ('u', 'f', 1, 'data', 0)")
    with pytest.raises(StoreError, match=f"unique key of {told}, so that") as refused, opened(kind):
        pass
    assert len(query(kind, "DESCRIBE gearman_queue")) == len(COLUMNS.split(", "))
    query(kind, str(refused.value).partition(". ")[2])
    with opened(kind) as store:
        store.commit(Batch([(b"u", b"g", 1, b"data", 0, None), (b"v", b"f", 1, b"data", 0, None)], []))
    names = query(kind, "SELECT unique_key, function_name FROM gearman_queue ORDER BY position")
    assert names == ((b"u", b"f"), (b"u", b"g"), (b"v", b"f"))


def test_jobs_that_are_there_twice_are_told_of_and_kept(kind: MysqlKind) -> None:
    query(kind, f"CREATE TABLE gearman_queue ({COLUMNS})")
    query(kind, "INSERT INTO gearman_queue VALUES ('u', 'f', 1, '1', 0), ('u', 'f', 1, '2', 0)")
    with pytest.raises(StoreError, match=r"has jobs twice .*remove one of each"), opened(kind):
        pass
    assert query(kind, "SELECT data FROM gearman_queue ORDER BY data") == ((b"1",), (b"2",))
    query(kind, "DELETE FROM gearman_queue WHERE data = '1'")
    with opened(kind) as store:
        assert [row[4] for row in store.read()] == [b"2"]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ("unique_key INT, function_name INT, priority INT", "has no column data"),
        ("unique_key INT) ENGINE = (MyISAM", "is not kept by InnoDB"),
    ],
)
def test_a_table_of_something_else_is_refused(kind: MysqlKind, columns: str, message: str) -> None:
    query(kind, f"CREATE TABLE gearman_queue ({columns})".replace("(MyISAM)", "MyISAM"))
    with pytest.raises(StoreError, match=message), opened(kind):
        pass


def test_by_socket(kind: MysqlKind) -> None:
    with opened(kind, kind.server.socket, "jobs$") as store:
        store.commit(Batch([JOB], []))
    assert query(kind, "SELECT data FROM jobs$") == ((b"data",),)


def test_set_aside_rows_are_kept_with_the_reason(kind: MysqlKind) -> None:
    query(kind, GEARMANDS)
    query(kind, "INSERT INTO gearman_queue VALUES ('u', 'f', 9, 'data', 7), ('v', NULL, 1, 'data', 0)")
    with opened(kind) as store:
        first, second = store.read()
        store.set_aside([Damaged(first, "its priority is 9"), Damaged(second, "it has no function")])
        assert second[2] is None
    aside = query(kind, "SELECT unique_key, priority, data, reason FROM gearman_queue_damaged ORDER BY 1")
    assert aside == ((b"u", 9, b"data", "its priority is 9"), (b"v", 1, b"data", "it has no function"))
    assert query(kind, "SELECT * FROM gearman_queue") == ()


def test_a_table_that_is_gone_is_not_made_anew(kind: MysqlKind) -> None:
    with opened(kind) as store:
        query(kind, "RENAME TABLE gearman_queue TO elsewhere")
        for _ in range(2):
            with pytest.raises(StoreError, match="doesn't exist"):
                store.commit(Batch([JOB], []))
            store.open()


def test_somebody_who_locks_a_row_is_not_waited_for_long(kind: MysqlKind) -> None:
    with opened(kind) as store:
        store.commit(Batch([JOB], []))
        with connected(kind) as other:
            other.begin()
            other.query("SELECT * FROM gearman_queue FOR UPDATE")
            with pytest.raises(StoreError, match="Lock wait timeout"):
                store.commit(Batch([JOB], []))
        store.commit(Batch([JOB], []))


def test_a_wrong_password(kind: MysqlKind) -> None:
    store = MysqlStore("127.0.0.1", kind.server.port, USER, "wrong", kind.database)
    with pytest.raises(StoreError, match="Access denied"):
        store.open()
    store.close()
