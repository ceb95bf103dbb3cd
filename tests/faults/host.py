"""An engine in this process, started in milliseconds, so that each fault can have a fresh one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gearfast._native.engine import Engine
from gearfast.server.config import LIBSQLITE3
from gearfast.server.keeper import Keeper
from gearfast.stores.base import Store
from tests.support.engine_host import start_engine


def descriptors() -> list[str]:
    """Those that this process has open."""
    return sorted(entry.name for entry in Path("/proc/self/fd").iterdir())


class Served:
    """A running engine, as the tests of stress see one."""

    def __init__(self, engine: Engine, port: int, threads: int) -> None:
        self.engine, self.port, self.threads = engine, port, threads

    def counters(self) -> dict[str, int]:
        return self.engine.counters()

    def descriptors(self) -> int:
        return len(descriptors())

    def log(self) -> list[str]:
        """What it has logged since the last call."""
        return [item if isinstance(item, str) else item.text for item in self.engine.read()]


@contextmanager
def served(threads: int, store: Store | None = None, **config: Any) -> Iterator[Served]:
    """Serves while the block runs, with a store that is open. Raises what the engine's start raises."""
    kept = {} if store is None else {"queue_type": LIBSQLITE3, "libsqlite3_db": "never opened"}
    engine, port = start_engine({"threads": threads, **kept, **config})
    if store is not None:
        assert engine.journal is not None
        Keeper(store, engine.journal, empties=False).start()
    try:
        yield Served(engine, port, threads)
    finally:
        engine.stop()
