"""A server under test, seen from outside: connections, fresh names and what the admin port tells."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import ExitStack
from time import monotonic
from typing import NamedTuple, Protocol

from tests.protocol.flavours import Flavour
from tests.protocol.peer import PATIENCE, Peer
from tests.protocol.wire import CAN_DO, GRAB_JOB, JOB_ASSIGN, JOB_CREATED, SUBMIT_JOB_BG, WORK_COMPLETE, req

PREFIX = b"H:test"

_names = itertools.count(1)


class Process(Protocol):
    """What starting a server gives."""

    @property
    def port(self) -> int: ...
    @property
    def pid(self) -> int: ...


class Counts(NamedTuple):
    """A function's line of `status`."""

    total: int
    running: int
    workers: int


class Waiting(NamedTuple):
    """A function's line of `prioritystatus`."""

    high: int
    normal: int
    low: int
    workers: int


class Server:
    """One test's view of a running server; `close` ends the connections that were made through it."""

    def __init__(self, flavour: Flavour, process: Process) -> None:
        self.flavour = flavour
        self.process = process
        self.port = process.port
        self._peers = ExitStack()
        self._admin: Peer | None = None

    def close(self) -> None:
        self._peers.close()

    def peer(self) -> Peer:
        """A new connection."""
        return self._peers.enter_context(Peer(self.port, server=str(self.flavour)))

    def peers(self, number: int) -> list[Peer]:
        return [self.peer() for _ in range(number)]

    def worker(self, *functions: bytes) -> Peer:
        """A connection that has registered for these functions, in this order."""
        worker = self.peer()
        worker.can_do(*functions)
        return worker

    @property
    def admin(self) -> Peer:
        """A connection kept for text commands."""
        if self._admin is None:
            self._admin = self.peer()
        return self._admin

    def fresh(self) -> bytes:
        """A name that no test has used: a function, a unique or a client id, always nine bytes."""
        return b"fresh%04d" % next(_names)

    def last_handle_number(self) -> int:
        """How many handles the server has given so far; asking uses one up."""
        function = self.fresh()
        with self.peer() as peer:
            peer.send(req(SUBMIT_JOB_BG, function, b"", b""), req(CAN_DO, function), req(GRAB_JOB))
            handle = peer.receive_kind(JOB_CREATED).body
            assert peer.receive_kind(JOB_ASSIGN).args[0] == handle
            peer.send(req(WORK_COMPLETE, handle, b""))
            peer.settle()
        return int(handle.rpartition(b":")[2])

    def counts(self, function: bytes) -> Counts | None:
        """The function's line of `status`, None when it is not listed."""
        line = self._line_of(function, b"status")
        return None if line is None else Counts(*map(int, line))

    def waiting(self, function: bytes) -> Waiting | None:
        """The function's line of `prioritystatus`, None when it is not listed."""
        line = self._line_of(function, b"prioritystatus")
        return None if line is None else Waiting(*map(int, line))

    def jobs(self) -> dict[bytes, tuple[int, int, int]]:
        """`show jobs`: attempts, ignore, queued by handle."""
        rows = [line.split(b"\t") for line in self.admin.ask_table(b"show jobs").splitlines()[:-1]]
        return {row[0]: (int(row[1]), int(row[2]), int(row[3])) for row in rows}

    def registrations(self, client_id: bytes) -> list[bytes]:
        """What the connection with this id is registered for, as `workers` lists it."""
        for line in self.admin.ask_table(b"workers").splitlines():
            head, _, names = line.partition(b" :")
            if head.split(b" ")[-1] == client_id:
                return names.split()
        raise AssertionError(f"no connection with the id {client_id!r}")

    def _line_of(self, function: bytes, command: bytes) -> list[bytes] | None:
        for line in self.admin.ask_table(command).splitlines():
            name, _, rest = line.partition(b"\t")
            if name == function:
                return rest.split(b"\t")
        return None

    def leave(self, peer: Peer) -> None:
        """Closes the peer's connection and returns when the server has cleared up after it."""
        witness = self.fresh()
        peer.can_do(witness)
        peer.close()
        self.await_counts(witness, Counts(0, 0, 0))

    def await_counts(self, function: bytes, wanted: Counts) -> None:
        """Asks for the function's `status` until it is as wanted."""
        until(lambda: self.counts(function), wanted, str(self.flavour))

    def await_waiting(self, function: bytes, jobs: int) -> None:
        """Asks until so many jobs of normal priority can be grabbed.

        gearmand wakes the workers for a job that has timed out before it can be grabbed, in another thread
        than the one that answers them: who grabs at once may hear NO_JOB, and then sleeps for ever.
        """

        def ask() -> int:
            waiting = self.waiting(function)
            return 0 if waiting is None else waiting.normal

        until(ask, jobs, str(self.flavour))


def until(ask: Callable[[], object], wanted: object, who: str) -> None:
    """Asks again and again until the answer is `wanted`."""
    deadline = monotonic() + PATIENCE
    while (answer := ask()) != wanted:
        assert monotonic() < deadline, f"expected {wanted} from {who} in the end, still {answer}"
