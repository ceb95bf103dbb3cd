"""Wakes a thread, or a process, that waits for sockets; may be rung in a signal handler."""

from __future__ import annotations

import contextlib
import socket


class Bell:
    """A pair of sockets: `fileno` becomes readable when it was rung."""

    def __init__(self) -> None:
        self._inner, self._outer = socket.socketpair()
        for end in (self._inner, self._outer):
            end.setblocking(False)

    def fileno(self) -> int:
        return self._inner.fileno()

    def ring(self) -> None:
        """It rings until `hush`, however often it was rung."""
        with contextlib.suppress(OSError):  # full, or closed already
            self._outer.send(b"!")

    def hush(self) -> None:
        """Be ready to be rung again."""
        with contextlib.suppress(BlockingIOError):
            while self._inner.recv(64):
                pass

    def close(self) -> None:
        self._inner.close()
        self._outer.close()
