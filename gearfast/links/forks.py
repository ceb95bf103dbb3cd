"""What a process inherits with a fork but must not use: its parent's connections.

A connection that two processes write to is of no use to either, and one that the other process holds open
does not end for the server when its owner dies.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol
from weakref import WeakSet

from gearfast.errors import ConnectionLostError
from gearfast.links.link import Link

if TYPE_CHECKING:
    from gearfast.links.blocking import Driver
    from gearfast.links.streams import AsyncDriver


class Heir(Protocol):
    """Whoever has connections."""

    def _after_fork(self) -> None:
        """Called in a forked process, which has no other thread yet: drop the connections."""


_heirs: WeakSet[Heir] = WeakSet()


def drop_after_fork(heir: Heir) -> None:
    """Have its `_after_fork` called in every process that is forked, as long as it exists."""
    _heirs.add(heir)


def disinherit(driver: Driver | AsyncDriver, link: Link) -> None:
    """Drop a link's connection as if it had never been: it may be made anew at once."""
    text = f"the connection to {link.address} is that of the process that forked"
    driver.disinherit(link, ConnectionLostError(text))
    link.failures, link.retry_at = 0, 0.0


def _after_fork() -> None:
    for heir in list(_heirs):
        heir._after_fork()


os.register_at_fork(after_in_child=_after_fork)
