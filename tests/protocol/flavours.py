"""Which servers the tests run against."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support.gearfast_process import gearfast
from tests.support.peers import gearmand, gearmand_path

if TYPE_CHECKING:
    from tests.protocol.server import Process, Server


@dataclass(frozen=True)
class Flavour:
    """Which server, and with how many threads."""

    name: str
    threads: int

    def __str__(self) -> str:
        return f"{self.name}-t{self.threads}"


GEARMAND = [Flavour("gearmand", 4)] if gearmand_path() else []
GEARFAST = [Flavour("gearfast", threads) for threads in (0, 1, 4)]

STARTERS: dict[str, Callable[..., AbstractContextManager[Process]]] = {
    "gearmand": gearmand,
    "gearfast": gearfast,
}

Start = Callable[..., "Process"]
Serve = Callable[[Flavour], "Server"]
