"""A flood from some connections does not keep the others waiting until it is dealt with."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.protocol.peer import Peer
from tests.protocol.wire import ECHO_REQ, ECHO_RES, SUBMIT_JOB_BG, req, res
from tests.support.engine_process import EngineProcess

FLOODS, JOBS = 60, 800  # connections, and submits of each: what the kernel buffers without the server reading
FUNCTION = b"flooded"


@contextmanager
def stopped(engine: EngineProcess) -> Iterator[None]:
    """What is sent inside has all arrived when the server goes on."""
    os.kill(engine.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(engine.pid, signal.SIGCONT)


def be_known(peer: Peer) -> None:
    """One that has said little so far."""
    peer.send(req(ECHO_REQ, b"here"))
    peer.expect(res(ECHO_RES, b"here"))


def jobs_waiting(status: bytes) -> int:
    """The total of FUNCTION; 0 before its first job."""
    for line in status.splitlines():
        fields = line.split(b"\t")
        if fields[0] == FUNCTION:
            return int(fields[1])
    return 0


def read_status(peer: Peer) -> bytes:
    data = b""
    while not data.endswith(b".\n"):
        data += peer.socket.recv(65536)
    return data


def test_a_short_request_does_not_wait_for_floods_that_came_before_it(engine: EngineProcess) -> None:
    flood = req(SUBMIT_JOB_BG, FUNCTION, b"", b"x" * 64) * JOBS
    with ExitStack() as stack:
        floods = [stack.enter_context(Peer(engine.port)) for _ in range(FLOODS)]
        quiet = stack.enter_context(Peer(engine.port))
        for peer in (*floods, quiet):
            be_known(peer)
        with stopped(engine):
            for peer in floods:
                peer.send(flood)
            quiet.send(b"status\n")
        assert jobs_waiting(read_status(quiet)) < FLOODS * JOBS // 2
