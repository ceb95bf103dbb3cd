"""A flood of jobs against --memory-limit: the process stays near it, and what was accepted is run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gearfast.protocol.parser import Parser
from tests.protocol.peer import Peer
from tests.protocol.wire import (
    ERROR,
    GRAB_JOB,
    JOB_ASSIGN,
    JOB_CREATED,
    SUBMIT_JOB,
    SUBMIT_JOB_BG,
    WORK_COMPLETE,
    req,
)
from tests.support.gearfast_process import gearfast

MIB = 1 << 20
BATCH = 500
pytestmark = pytest.mark.skipif(
    "GEARFAST_TREE" in os.environ, reason="the sanitizers take memory of their own"
)

REFUSAL = b"Server has reached its --memory-limit of %d bytes"


def resident(pid: int) -> int:
    """The most memory that the process has had so far, in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no VmHWM")


class Flood:
    """One connection that sends in batches and reads what each is answered."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._parser = Parser()

    def ask(self, packets: bytes, answers: int) -> list[tuple[int, tuple[bytes, ...]]]:
        self._peer.send(packets)
        heard: list[tuple[int, tuple[bytes, ...]]] = []
        while len(heard) < answers:
            heard += self._parser.feed(self._peer.socket.recv(MIB))
        assert len(heard) == answers
        return heard

    def fill(self, kind: int, size: int, limit: int, *, keyed: bool) -> set[bytes]:
        """Submits until a whole batch is refused; returns the handles of what was accepted."""
        accepted: set[bytes] = set()
        for batch in range(1 << 20):
            numbers = range(batch * BATCH, (batch + 1) * BATCH)
            uniques = [b"%d" % number if keyed else b"" for number in numbers]
            heard = self.ask(b"".join(req(kind, b"f", unique, b"x" * size) for unique in uniques), BATCH)
            created = [arguments[0] for kind, arguments in heard if kind == JOB_CREATED]
            accepted.update(created)
            if not created:
                assert {(kind, arguments) for kind, arguments in heard} == {
                    (ERROR, (b"QUEUE_ERROR", REFUSAL % limit))
                }
                return accepted
        raise AssertionError("never refused")

    def drain(self) -> set[bytes]:
        """Runs jobs until there are none; returns their handles."""
        done: set[bytes] = set()
        while True:
            heard = self.ask(req(GRAB_JOB) * BATCH, BATCH)
            handles = [arguments[0] for kind, arguments in heard if kind == JOB_ASSIGN]
            self._peer.send(*(req(WORK_COMPLETE, handle, b"") for handle in handles))
            done.update(handles)
            if len(handles) < BATCH:
                return done


@pytest.mark.parametrize("threads", ["0", "4"])
def test_a_flood_of_background_jobs(threads: str) -> None:
    limit = 200 * MIB
    options = ("--memory-limit", str(limit), "--threads", threads)
    with gearfast(*options) as server, Peer(server.port) as client, Peer(server.port) as worker:
        accepted = Flood(client).fill(SUBMIT_JOB_BG, 4000, limit, keyed=False)
        assert 0.8 * limit < 4000 * len(accepted) < limit
        assert resident(server.pid) < 1.2 * limit
        worker.can_do(b"f")
        assert Flood(worker).drain() == accepted


@pytest.mark.parametrize("kind", [SUBMIT_JOB, SUBMIT_JOB_BG])
@pytest.mark.parametrize("keyed", [False, True])
def test_small_jobs_cost_what_is_counted(kind: int, keyed: bool) -> None:
    limit = 16 * MIB
    with gearfast("--memory-limit", str(limit)) as server, Peer(server.port) as client:
        client.settle()
        before = resident(server.pid)
        Flood(client).fill(kind, 20, limit, keyed=keyed)
        assert resident(server.pid) - before < 1.2 * limit
