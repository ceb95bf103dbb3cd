"""Clients and workers that go on until their server is gone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

from gearfast.crashtest.ledger import Ledger
from gearfast.crashtest.wire import (
    CAN_DO,
    GRAB_JOB,
    JOB_ASSIGN,
    JOB_CREATED,
    NO_JOB,
    PRE_SLEEP,
    SUBMIT_JOB_BG,
    WORK_COMPLETE,
    Connection,
    request,
)

FUNCTION = b"gearfast-crashtest"
DEPTH = 64  # jobs in flight of each client


def submit(ledger: Ledger, connection: Connection) -> None:
    """Submit without end. An answer other than JOB_CREATED is a refusal: that job need not be kept."""
    while True:
        numbers = ledger.submit(DEPTH)
        connection.send(b"".join(request(SUBMIT_JOB_BG, FUNCTION, b"", b"%d" % number) for number in numbers))
        for number in numbers:
            kind, _ = connection.receive()
            if kind == JOB_CREATED:
                ledger.acknowledge([number])


def submit_one(ledger: Ledger, connection: Connection) -> None:
    """It is answered once the server has read its store."""
    [number] = ledger.submit(1)
    connection.send(request(SUBMIT_JOB_BG, FUNCTION, b"", b"%d" % number))
    if connection.receive()[0] == JOB_CREATED:
        ledger.acknowledge([number])


def work(ledger: Ledger, connection: Connection, *, until_empty: bool = False) -> None:
    """Work without end, or until no job waits."""
    connection.send(request(CAN_DO, FUNCTION) + request(GRAB_JOB))
    while True:
        kind, body = connection.receive()
        if kind == JOB_ASSIGN:
            handle, _, data = body.split(b"\0", 2)
            ledger.work(int(data))
            connection.send(request(WORK_COMPLETE, handle, b"") + request(GRAB_JOB))
        elif kind != NO_JOB:
            connection.send(request(GRAB_JOB))
        elif until_empty:
            return
        else:
            connection.send(request(PRE_SLEEP))


class Load:
    """Threads that submit and work at full speed."""

    def __init__(self, ledger: Ledger, port: int, clients: int, workers: int) -> None:
        doings: list[Callable[..., None]] = [submit] * clients + [work] * workers
        self._threads = [threading.Thread(target=_do, args=(doing, ledger, port)) for doing in doings]
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """After the end of the server."""
        for thread in self._threads:
            thread.join()


def _do(doing: Callable[[Ledger, Connection], None], ledger: Ledger, port: int) -> None:
    with suppress(OSError, EOFError), Connection(port) as connection:
        doing(ledger, connection)
