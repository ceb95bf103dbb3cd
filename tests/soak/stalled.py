"""Connections that get stuck: in the middle of a packet or a line, or with answers that nobody takes."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.protocol.wire import CAN_DO, ECHO_REQ, PRE_SLEEP, SUBMIT_JOB, SUBMIT_JOB_BG, req
from tests.support.load.nuisances import UNFINISHED

DEAF = 4
ANSWERS = 200
NOBODYS = b"nobody's"


def flood(deaf: socket.socket) -> None:
    """Ask for more than buffers hold, and read nothing."""
    deaf.setblocking(False)
    try:
        for _ in range(ANSWERS):
            deaf.send(req(ECHO_REQ, bytes(50_000)))
    except BlockingIOError:
        pass


@contextmanager
def stalled(port: int) -> Iterator[int]:
    """So many connections; leaving the block resets most of them."""
    begun = [*UNFINISHED, req(SUBMIT_JOB, NOBODYS, b"", b"data"), req(CAN_DO, NOBODYS) + req(PRE_SLEEP)]
    begun.append(req(SUBMIT_JOB_BG, NOBODYS, b"", bytes(100_000))[:-1])
    with ExitStack() as stack:
        for beginning in begun:
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            connection.sendall(beginning)
        for _ in range(DEAF):
            flood(stack.enter_context(socket.create_connection(("127.0.0.1", port))))
        yield len(begun) + DEAF
