"""Connections that say little, say it slowly, or do not listen: as many of each kind.

With python -m tests.support.slow_crowd PORT COUNT they stay until the end of stdin; a line is printed when
all are there.
"""

from __future__ import annotations

import resource
import selectors
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from itertools import cycle

from tests.protocol.wire import CAN_DO, ECHO_REQ, HEADER, PRE_SLEEP, REQUEST, SUBMIT_JOB_BG, req

_LARGE = req(ECHO_REQ, b"x" * 60_000)
# What each kind says at once, and what it goes on to say a byte at a time, for ever.
_KINDS: tuple[tuple[bytes, bytes], ...] = (
    (b"", b""),  # silent
    (req(CAN_DO, b"slow"), b""),
    (req(CAN_DO, b"slow") + req(PRE_SLEEP), b""),
    (b"\0RE", b""),  # half a head
    (HEADER.pack(REQUEST, SUBMIT_JOB_BG, 1 << 20) + b"f\0\0" + bytes(1000), b"x"),
    (HEADER.pack(REQUEST, ECHO_REQ, 8), b""),
    (b"stat", b"x"),
    (req(ECHO_REQ, b"drip"), req(ECHO_REQ, b"drip")),
    (_LARGE * 4, b""),  # never reads what comes back
)


class SlowCrowd:
    """Connects on entering the block; `drip` has those that go on say one more byte."""

    def __init__(self, port: int, count: int) -> None:
        self._address = ("127.0.0.1", port)
        self._count = count
        self._dripping: list[tuple[socket.socket, Iterator[int]]] = []
        self.sockets: list[socket.socket] = []
        self._stack = ExitStack()

    def __enter__(self) -> SlowCrowd:
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        for _, (first, rest) in zip(range(self._count), cycle(_KINDS), strict=False):
            self._open(first, rest)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _open(self, first: bytes, rest: bytes) -> None:
        opened = self._stack.enter_context(socket.create_connection(self._address))
        opened.setblocking(False)
        self.sockets.append(opened)
        with suppress(BlockingIOError):
            opened.send(first)
        if rest:
            self._dripping.append((opened, cycle(rest)))

    def drip(self) -> None:
        for opened, rest in self._dripping:
            with suppress(BlockingIOError, ConnectionError):
                opened.send(bytes([next(rest)]))


def main() -> None:
    port, count = map(int, sys.argv[1:])
    with SlowCrowd(port, count) as crowd, selectors.DefaultSelector() as end:
        end.register(sys.stdin, selectors.EVENT_READ)
        print("ready", flush=True)
        while not end.select(1.0):
            crowd.drip()


if __name__ == "__main__":
    main()
