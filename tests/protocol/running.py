"""Submitted jobs in the hands of workers: where most tests about results and departures begin."""

from __future__ import annotations

from tests.protocol.peer import Peer
from tests.protocol.server import Server
from tests.protocol.wire import (
    CAN_DO_TIMEOUT,
    GET_STATUS,
    GRAB_JOB,
    JOB_ASSIGN,
    NO_JOB,
    PRE_SLEEP,
    STATUS_RES,
    SUBMIT_JOB,
    SUBMIT_JOB_BG,
    req,
    res,
)


class Running:
    """`client` has submitted `handle` to a fresh function with workload `abc`, `worker` has grabbed it."""

    def __init__(self, server: Server, kind: int = SUBMIT_JOB, unique: bytes = b"") -> None:
        self.server = server
        self.kind = kind
        self.function = server.fresh()
        self.client = server.peer()
        self.handle = self.client.submit(kind, self.function, unique, b"abc")
        self.worker = self.enlist()
        self.grab(self.worker)

    def enlist(self) -> Peer:
        """One more worker for the function."""
        return self.server.worker(self.function)

    def grab(self, worker: Peer) -> None:
        """The worker asks for a job, and this is the one it is given."""
        worker.send(req(GRAB_JOB))
        worker.expect(res(JOB_ASSIGN, self.handle, self.function, b"abc"))

    def status(self) -> list[bytes]:
        """known, running, numerator, denominator"""
        return status(self.server.admin, self.handle)


class Timed:
    """A worker for one timed function, and another that sleeps beside it."""

    def __init__(self, server: Server, limit: bytes) -> None:
        self.server = server
        self.function = server.fresh()
        self.worker = server.peer()
        self.worker.send(req(CAN_DO_TIMEOUT, self.function, limit))
        self.worker.settle()
        self.other = server.worker(self.function)
        self.other.send(req(PRE_SLEEP))
        self.other.expect_silence()

    def run(self, worker: Peer) -> bytes:
        """Gives the worker a job, and sends the other one back to sleep."""
        handle = self.server.admin.submit(SUBMIT_JOB_BG, self.function, b"", b"")
        worker.send(req(GRAB_JOB))
        worker.expect(res(JOB_ASSIGN, handle, self.function, b""))
        self.other.heard()
        self.other.send(req(GRAB_JOB), req(PRE_SLEEP))
        self.other.expect(res(NO_JOB))
        self.other.settle()
        return handle


def status(peer: Peer, handle: bytes) -> list[bytes]:
    """known, running, numerator, denominator"""
    peer.send(req(GET_STATUS, handle))
    answer = peer.receive_kind(STATUS_RES).args
    assert answer[0] == handle
    return answer[1:]
