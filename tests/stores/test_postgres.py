"""What is PostgreSQL's own: gearmand's table, old ones, and encodings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from gearfast.stores import postgres
from gearfast.stores.base import Add, Batch, Damaged, RefusedError, StoreError
from gearfast.stores.postgres import DEFAULT_TABLE, PostgresStore
from tests.stores.sql_kinds import PostgresKind

JOB: Add = (b"u", b"f", 1, b"data", 0, None)
GEARMANDS = """
    CREATE TABLE queue (unique_key VARCHAR(64), function_name VARCHAR(255), priority INTEGER, data BYTEA,
    when_to_run INTEGER, UNIQUE (unique_key, function_name))
"""


@pytest.fixture
def conninfo(tmp_path: Path) -> str:
    return PostgresKind(tmp_path).conninfo


@contextmanager
def opened(conninfo: str, table: str = DEFAULT_TABLE) -> Iterator[PostgresStore]:
    store = PostgresStore(conninfo, table)
    with closing(store):
        store.open()
        yield store


def query(conninfo: str, text: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(conninfo, autocommit=True) as db:
        cursor = db.execute(text)
        return cursor.fetchall() if cursor.description else []


def test_the_table_is_gearmands(conninfo: str) -> None:
    with opened(conninfo):
        pass
    columns = "SELECT column_name, data_type, character_maximum_length FROM information_schema.columns"
    assert query(conninfo, f"{columns} WHERE table_name = 'queue' ORDER BY ordinal_position LIMIT 5") == [
        ("unique_key", "character varying", 64),
        ("function_name", "character varying", 255),
        ("priority", "integer", None),
        ("data", "bytea", None),
        ("when_to_run", "bigint", None),
    ]


def test_gearmands_table_is_completed(conninfo: str) -> None:
    query(conninfo, GEARMANDS)
    query(conninfo, "INSERT INTO queue VALUES ('v', 'f', NULL, NULL, NULL), ('u', 'f', 2, 'x', 7)")
    with opened(conninfo) as store:
        assert [row[1:] for row in store.read()] == [
            (b"v", b"f", None, None, None, None),
            (b"u", b"f", 2, b"x", 7, None),
        ]
        store.commit(Batch([(b"w", b"f", 1, b"", 2**40, None)], [(b"v", b"f"), (b"u", b"f")]))
    assert query(conninfo, "SELECT unique_key, when_to_run FROM queue") == [("w", 2**40)]


def test_a_table_from_before_delayed_jobs_is_completed(conninfo: str) -> None:
    query(
        conninfo,
        "CREATE TABLE queue (more INT, data BYTEA, priority INT, function_name TEXT, unique_key TEXT)",
    )
    query(conninfo, "INSERT INTO queue VALUES (1, 'x', 1, 'f', 'u')")
    with opened(conninfo) as store:
        assert [row[1:] for row in store.read()] == [(b"u", b"f", 1, b"x", None, None)]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ("unique_key TEXT, function_name TEXT, priority INT", "has no column data"),
        ("unique_key TEXT, function_name TEXT, priority INT, data TEXT", "is of type text, not bytea"),
    ],
)
def test_a_table_of_something_else_is_refused(conninfo: str, columns: str, message: str) -> None:
    query(conninfo, f"CREATE TABLE queue ({columns})")
    with pytest.raises(StoreError, match=message), opened(conninfo):
        pass


def test_the_table_may_be_in_a_schema(conninfo: str) -> None:
    query(conninfo, "CREATE SCHEMA kept")
    with opened(conninfo, "kept.Jobs") as store:
        store.commit(Batch([JOB], []))
    assert query(conninfo, "SELECT data FROM kept.jobs") == [(b"data",)]


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_other_encodings_take_names_as_they_are(conninfo: str, encoding: str) -> None:
    """As gearmand writes them."""
    place = f"TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'"
    name = f"{encoding.lower()}_jobs"
    query(conninfo, f"CREATE DATABASE {name} {place}")
    there = psycopg.conninfo.make_conninfo(conninfo, dbname=name)
    job: Add = ("ü\udcff".encode("utf-8", "surrogateescape"), b"\xfff", 1, b"", 0, None)
    with opened(there) as store:
        store.commit(Batch([job, JOB], []))
    with opened(there) as store:
        assert [row[1:] for row in store.read()] == [job, JOB]
        store.commit(Batch([], [job[:2], JOB[:2]]))
    assert query(there, "SELECT count(*) FROM queue") == [(0,)]


def test_an_encoding_that_is_neither_is_refused(conninfo: str) -> None:
    query(conninfo, "CREATE DATABASE euc TEMPLATE template0 ENCODING 'EUC_KR' LC_COLLATE 'C' LC_CTYPE 'C'")
    there = psycopg.conninfo.make_conninfo(conninfo, dbname="euc")
    with pytest.raises(StoreError, match="the database's encoding is EUC_KR, not UTF8"), opened(there):
        pass


def test_a_commit_is_on_the_disk(conninfo: str) -> None:
    with opened(conninfo + " options='-c synchronous_commit=off'") as store:
        assert store._db is not None
        assert store._db.execute("SHOW synchronous_commit").fetchall() in ([("on",)], [(b"on",)])


def test_set_aside_rows_are_kept_with_the_reason(conninfo: str) -> None:
    query(conninfo, GEARMANDS)
    query(conninfo, "INSERT INTO queue VALUES ('u', 'f', 9, 'data', 7), ('v', NULL, 1, 'data', 0)")
    with opened(conninfo) as store:
        first, second = store.read()
        store.set_aside([Damaged(first, "its priority is 9"), Damaged(second, "it has no function")])
        assert second[2] is None
    aside = query(conninfo, "SELECT unique_key, priority, data, reason FROM queue_damaged ORDER BY 1")
    assert aside == [("u", 9, b"data", "its priority is 9"), ("v", 1, b"data", "it has no function")]
    assert query(conninfo, "SELECT * FROM queue") == []


def test_a_table_that_is_gone_is_not_made_anew(conninfo: str) -> None:
    with opened(conninfo) as store:
        query(conninfo, "ALTER TABLE queue RENAME TO elsewhere")
        for _ in range(2):
            with pytest.raises(StoreError, match="does not exist"):
                store.commit(Batch([JOB], []))
            store.open()


def test_somebody_who_locks_the_table_is_not_waited_for(conninfo: str) -> None:
    with opened(conninfo) as store, psycopg.connect(conninfo) as other:
        other.execute("LOCK TABLE queue")
        with pytest.raises(StoreError, match="lock timeout"):
            store.commit(Batch([JOB], []))
        other.rollback()
        store.commit(Batch([JOB], []))


def test_a_job_that_is_too_large_is_refused(conninfo: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "DATA_MOST", 10)
    large: Add = (b"large", b"f", 1, b"x" * 11, 0, None)
    with opened(conninfo) as store, pytest.raises(RefusedError, match="11 bytes") as caught:
        store.commit(Batch([large, JOB], [(b"v", b"f")]))
    assert caught.value.rest == Batch([JOB], [(b"v", b"f")])


def test_a_wrong_conninfo() -> None:
    with pytest.raises(StoreError, match="missing"), opened("dbname"):
        pass
