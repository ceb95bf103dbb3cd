"""Notices when there was nothing to do for long."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class IdleClock:
    """Calls `late`, in a thread of its own, each time `seconds` pass without work; None: never."""

    def __init__(self, seconds: float | None, late: Callable[[], None]) -> None:
        self._seconds = seconds
        self._late = late
        self._changed = threading.Condition()
        self._changes = 0
        self._working = False
        self._ended = False

    @contextmanager
    def running(self) -> Iterator[None]:
        """The time that is watched. `late` is not called any more when the block is left."""
        thread = threading.Thread(target=self._watch, daemon=True)
        if self._seconds is not None:
            thread.start()
        try:
            yield
        finally:
            self._set(working=False, ended=True)
            if self._seconds is not None:
                thread.join()

    @contextmanager
    def working(self) -> Iterator[None]:
        """There is something to do. `late` is not called inside the block."""
        self._set(working=True)
        try:
            yield
        finally:
            self._set(working=False)

    def _set(self, working: bool, ended: bool = False) -> None:
        with self._changed:
            self._working, self._ended = working, ended
            self._changes += 1
            self._changed.notify_all()

    def _watch(self) -> None:
        with self._changed:
            while not self._ended:
                seen = self._changes
                self._changed.wait(None if self._working else self._seconds)
                if self._changes == seen and not self._working:
                    self._late()
