"""Clients and workers that go on until their server is gone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress

from gearfast.crashtest.connection import Connection
from gearfast.crashtest.ledger import Ledger
from gearfast.protocol.codec import pack
from gearfast.protocol.packets import (
    CAN_DO,
    GRAB_JOB,
    JOB_ASSIGN,
    JOB_CREATED,
    NO_JOB,
    PRE_SLEEP,
    SUBMIT_JOB_BG,
    WORK_COMPLETE,
)

FUNCTION = b"gearfast-crashtest"
DEPTH = 64  # jobs in flight of each client
PAUSE = 0.01  # seconds after a refusal: at full speed nothing else would be heard of


def submit(ledger: Ledger, connection: Connection) -> None:
    """Submit without end. An answer other than JOB_CREATED is a refusal: that job need not be kept."""
    while True:
        numbers = ledger.submit(DEPTH)
        connection.send(
            b"".join(pack(True, SUBMIT_JOB_BG, FUNCTION, b"", b"%d" % number) for number in numbers)
        )
        refused = 0
        for number in numbers:
            kind, _ = connection.receive()
            if kind == JOB_CREATED:
                ledger.acknowledge([number])
            else:
                refused += 1
        if refused:
            ledger.refuse(refused)
            time.sleep(PAUSE)


def submit_one(ledger: Ledger, connection: Connection) -> None:
    """It is answered once the server has read its store."""
    [number] = ledger.submit(1)
    connection.send(pack(True, SUBMIT_JOB_BG, FUNCTION, b"", b"%d" % number))
    if connection.receive()[0] == JOB_CREATED:
        ledger.acknowledge([number])


def work(ledger: Ledger, connection: Connection, *, until_empty: bool = False) -> None:
    """Work without end, or until no job waits."""
    connection.send(pack(True, CAN_DO, FUNCTION) + pack(True, GRAB_JOB))
    while True:
        kind, arguments = connection.receive()
        if kind == JOB_ASSIGN:
            handle, _, data = arguments
            ledger.work(int(data))
            connection.send(pack(True, WORK_COMPLETE, handle, b"") + pack(True, GRAB_JOB))
        elif kind != NO_JOB:
            connection.send(pack(True, GRAB_JOB))
        elif until_empty:
            return
        else:
            connection.send(pack(True, PRE_SLEEP))


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
