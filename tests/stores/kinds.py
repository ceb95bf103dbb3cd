"""The kinds of stores, each with what the contract's tests need of it beside the contract."""

from __future__ import annotations

import ctypes.util
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from gearfast.stores.base import Store
from gearfast.stores.memcached import MemcachedStore
from gearfast.stores.redis import RedisStore
from gearfast.stores.sqlite import SqliteStore
from gearfast.stores.tokyocabinet import TokyoCabinetStore
from tests.clients.requirements import require
from tests.stores.sql_kinds import MysqlKind, PostgresKind
from tests.support.store_servers import memcached_server, redis_server


class Kind(Protocol):
    """Data of one kind of store, empty at first."""

    @property
    def options(self) -> tuple[str, ...]:
        """What makes the server use it."""

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

    @property
    def options(self) -> tuple[str, ...]:
        return ("-q", "libsqlite3", "--libsqlite3-db", str(self.path))

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
        self.server = redis_server(folder)

    @property
    def options(self) -> tuple[str, ...]:
        return ("-q", "redis", "--redis-port", str(self.server.port))

    def store(self) -> RedisStore:
        return RedisStore("127.0.0.1", self.server.port)

    def break_down(self) -> None:
        self.server.stop()

    def mend(self) -> None:
        self.server.start()

    def remove(self) -> None:
        self.server.stop()


class MemcachedKind:
    """A server that forgets all when it stops, so it is frozen."""

    def __init__(self, folder: Path) -> None:
        self._server = memcached_server(folder, "-m", "256", "-I", "16m")

    @property
    def options(self) -> tuple[str, ...]:
        return ("-q", "libmemcached", "--libmemcached-servers", f"127.0.0.1:{self._server.port}")

    def store(self) -> MemcachedStore:
        return MemcachedStore([("127.0.0.1", self._server.port)], seconds=0.5)

    def break_down(self) -> None:
        self._server.send(signal.SIGSTOP)

    def mend(self) -> None:
        self._server.send(signal.SIGCONT)

    def remove(self) -> None:
        self._server.stop(signal.SIGKILL)


def require_tokyo_cabinet() -> None:
    """Skip the test where its library is missing."""
    require(ctypes.util.find_library("tokyocabinet") is not None, "Debian's libtokyocabinet9 is missing")


class TokyoCabinetKind(SqliteKind):
    """A database in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.path = folder / "queue.tch"
        require_tokyo_cabinet()

    @property
    def options(self) -> tuple[str, ...]:
        return ("-q", "libtokyocabinet", "--libtokyocabinet-file", str(self.path))

    def store(self) -> TokyoCabinetStore:  # type: ignore[override]
        return TokyoCabinetStore(str(self.path))


KINDS: dict[str, Callable[[Path], Kind]] = {
    "libsqlite3": SqliteKind,
    "postgres": PostgresKind,
    "mysql": MysqlKind,
    "redis": RedisKind,
    "libmemcached": MemcachedKind,
    "libtokyocabinet": TokyoCabinetKind,
}
