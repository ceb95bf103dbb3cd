"""The kinds of stores, each with what the contract's tests need of it beside the contract."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from gearfast.stores.base import Store
from gearfast.stores.sqlite import SqliteStore
from tests.stores.sql_kinds import MysqlKind, PostgresKind


class Kind(Protocol):
    """Data of one kind of store, empty at first."""

    def store(self) -> Store:
        """One more store over this data, not open yet."""

    def break_down(self) -> None:
        """From now on the store cannot be used."""

    def mend(self) -> None:
        """It can again, and has lost nothing."""


class SqliteKind:
    """A database in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "queue.db"
        self._away = folder / "away"

    def store(self) -> SqliteStore:
        return SqliteStore(str(self.path))

    def break_down(self) -> None:
        self.path.rename(self._away)

    def mend(self) -> None:
        self._away.rename(self.path)


KINDS: dict[str, Callable[[Path], Kind]] = {
    "libsqlite3": SqliteKind,
    "postgres": PostgresKind,
    "mysql": MysqlKind,
}
