"""What may befall a store while a server writes to it: its disk is full, its server is away or hangs."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.stores.kinds import KINDS, Kind, RedisKind
from tests.stores.sql_kinds import MysqlKind, PostgresKind
from tests.support.small_disk import small_disk

DISK = "128m"
LEFT = 50_000  # bytes on a full disk: what is written fails in the middle


@dataclass(frozen=True)
class Troubled:
    """A store of one kind, and how its trouble begins and ends."""

    kind: Kind
    begin: Callable[[], None]
    end: Callable[[], None]


@contextmanager
def on_a_full_disk(name: str, folder: Path) -> Iterator[Troubled]:
    with small_disk(folder / "disk", DISK) as disk:
        kind = KINDS[name](disk.folder)
        try:
            yield Troubled(kind, lambda: disk.fill(leave=LEFT), disk.free)
        finally:
            kind.remove()


@contextmanager
def away(name: str, folder: Path) -> Iterator[Troubled]:
    """Its server has stopped."""
    kind = KINDS[name](folder)
    try:
        yield Troubled(kind, kind.break_down, kind.mend)
    finally:
        kind.remove()


@contextmanager
def frozen(name: str, folder: Path) -> Iterator[Troubled]:
    """Its server does not go on."""
    kind = KINDS[name](folder)
    try:
        if isinstance(kind, RedisKind):
            server = kind.server
            yield Troubled(kind, lambda: server.send(signal.SIGSTOP), lambda: server.send(signal.SIGCONT))
        else:
            assert isinstance(kind, PostgresKind | MysqlKind)
            yield Troubled(kind, kind.server.freeze, kind.server.thaw)
    finally:
        kind.remove()


EMBEDDED = {"full disk": on_a_full_disk}
SERVED = {"away": away, "frozen": frozen}
TROUBLES = {
    "libsqlite3": EMBEDDED,
    "postgres": SERVED,
    "mysql": SERVED,
    "redis": SERVED,
    "libtokyocabinet": EMBEDDED,
}
