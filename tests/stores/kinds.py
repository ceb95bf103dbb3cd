"""The kinds of stores, each with what the contract's tests need of it beside the contract."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from gearfast.stores.base import Store
from gearfast.stores.redis import RedisStore
from gearfast.stores.sqlite import SqliteStore
from tests.support.store_servers import redis_server


class Kind(Protocol):
    """Data of one kind of store, empty at first."""

    def store(self) -> Store:
        """One more store over this data, not open yet."""

    def break_down(self) -> None:
        """From now on the store cannot be used."""

    def mend(self) -> None:
        """It can again, and has lost nothing."""

    def remove(self) -> None:
        """At the end: nothing of it runs any more."""


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

    def remove(self) -> None:
        pass


class RedisKind:
    """A server of its own."""

    def __init__(self, folder: Path) -> None:
        self._server = redis_server(folder)

    def store(self) -> RedisStore:
        return RedisStore("127.0.0.1", self._server.port)

    def break_down(self) -> None:
        self._server.stop()

    def mend(self) -> None:
        self._server.start()

    def remove(self) -> None:
        self._server.stop()


KINDS: dict[str, Callable[[Path], Kind]] = {"libsqlite3": SqliteKind, "redis": RedisKind}
