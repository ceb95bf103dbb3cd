"""One server that is looked at: its last two states, and what is wrong with it."""

from __future__ import annotations

import time
from dataclasses import dataclass

from gearfast.admin.connection import AdminConnection
from gearfast.admin.operations import PRIORITY_STATUS, SERVER_VERSION, SHOW_COUNTS, STATUS
from gearfast.admin.records import AnswerError, FunctionCounts, FunctionQueue, FunctionStatus
from gearfast.errors import GearfastError
from gearfast.links.addresses import Address


@dataclass(frozen=True)
class State:
    """What a server said at a moment of `time.monotonic()`. `counts` is None where it does not count jobs."""

    moment: float
    version: str
    queues: list[FunctionQueue]
    running: dict[str, int]
    counts: dict[str, FunctionCounts] | None


@dataclass(frozen=True)
class Known:
    """The last state and the one before, of the same connection; or, in `trouble`, why there is none."""

    now: State | None = None
    before: State | None = None
    trouble: str = ""


class Watched:
    """Keeps one connection, and makes a new one after a failure.

    `look` runs in a thread of its own; what it learns is there at once, as one object. A server that does
    not count jobs is asked for the counts once a connection.
    """

    def __init__(self, address: Address, timeout: float) -> None:
        self.address = address
        self.known = Known()
        self._timeout = timeout
        self._connection: AdminConnection | None = None
        self._counts_jobs = True

    def look(self) -> None:
        """Ask once. Raises nothing for a server that is away."""
        try:
            if self._connection is None:
                self._connection = AdminConnection(self.address, self._timeout)
                self._counts_jobs = True
            state = _state(self._connection, self._counts_jobs)
            self._counts_jobs = state.counts is not None
            self.known = Known(state, self.known.now)
        except (GearfastError, AnswerError) as error:
            self.close()
            self.known = Known(trouble=str(error))

    def close(self) -> None:
        """The next look makes a new connection. One that waits for an answer ends."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _state(connection: AdminConnection, counts_jobs: bool) -> State:
    """`counts_jobs` false leaves the counts out. Raises GearfastError, AnswerError."""
    queues: list[FunctionQueue] = PRIORITY_STATUS.parse(PRIORITY_STATUS.ask(connection))
    statuses: list[FunctionStatus] = STATUS.parse(STATUS.ask(connection))
    running = {status.function: status.running for status in statuses}
    counts = _counts(connection) if counts_jobs else None
    moment = time.monotonic()
    version: str = SERVER_VERSION.parse(SERVER_VERSION.ask(connection))
    return State(moment, version, queues, running, counts)


def _counts(connection: AdminConnection) -> dict[str, FunctionCounts] | None:
    """gearmand has none."""
    try:
        counts: list[FunctionCounts] = SHOW_COUNTS.parse(SHOW_COUNTS.ask(connection))
    except AnswerError:
        return None
    return {count.function: count for count in counts}
