"""Waits for many descriptors at a time."""

from __future__ import annotations

import selectors
from collections.abc import Callable
from time import monotonic
from typing import Protocol

from gearfast.links.link import NEVER

React = Callable[[], object]


class HasFileno(Protocol):
    def fileno(self) -> int: ...


Source = int | HasFileno


class Loop:
    """Calls what was to be called when a source becomes readable.

    poll, not epoll: an epoll would be shared with forked processes.
    """

    def __init__(self) -> None:
        self._selector = selectors.PollSelector()

    def watch(self, source: Source, react: React) -> None:
        self._selector.register(source, selectors.EVENT_READ, react)

    def forget(self, source: Source) -> None:
        """Stop watching, if it is watched."""
        if source in self._selector.get_map():
            self._selector.unregister(source)

    def turn(self, deadline: float) -> None:
        """Wait for a source, no longer than to the deadline, and react to all that are readable."""
        pause = None if deadline == NEVER else max(0.0, deadline - monotonic())
        for key, _ in self._selector.select(pause):
            if key.fileobj in self._selector.get_map():
                key.data()

    def close(self) -> None:
        self._selector.close()
