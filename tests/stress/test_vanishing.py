"""Connections that vanish at random, under load: nothing that should be gone is left."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from tests.protocol.peer import Peer
from tests.protocol.wire import (
    CAN_DO,
    CAN_DO_TIMEOUT,
    GRAB_JOB,
    JOB_ASSIGN,
    NO_JOB,
    OPTION_REQ,
    PRE_SLEEP,
    SET_CLIENT_ID,
    SUBMIT_JOB,
    SUBMIT_JOB_BG,
    SUBMIT_JOB_HIGH,
    SUBMIT_JOB_LOW_BG,
    WORK_COMPLETE,
    req,
)
from tests.stress.resting import drop_functions, expect_rest, held
from tests.support.engine_process import LOOPBACK, EngineProcess
from tests.support.load.driver import running_load
from tests.support.load.link import LINGER_NONE
from tests.support.load.nuisances import UNFINISHED
from tests.support.load.party import FUNCTIONS
from tests.support.patience import PATIENCE_SECONDS, eventually

VISITORS = 1000
MOST_AT_ONCE = 200
LOAD_SECONDS = 2.0
OURS = b"visited"  # nobody else submits or works here


class Visitor:
    """A connection that starts things and does not stay for their end."""

    def __init__(self, port: int, chance: random.Random) -> None:
        self._chance = chance
        self._socket = socket.create_connection((LOOPBACK, port), timeout=PATIENCE_SECONDS)
        self.background = 0

    def act(self) -> None:
        """Send some packets."""
        self._socket.sendall(b"".join(self._packets()))

    def leave(self) -> bool:
        """Go one way or another, perhaps in the middle of a packet.

        Returns whether the server is sure to have heard everything.
        """
        self._socket.sendall(self._chance.choice(UNFINISHED))
        way = self._chance.choice([self._close, self._reset, self._listen_on, self._close_half])
        return way()

    def close(self) -> None:
        self._socket.close()

    def _packets(self) -> Iterator[bytes]:
        for _ in range(self._chance.randint(0, 12)):
            yield self._chance.choice([self._submit, self._submit_background, self._work, self._set])()

    def _submit(self) -> bytes:
        unique = self._chance.choice([b"", b"-", b"u%d" % self._chance.randrange(5)])
        return req(self._chance.choice([SUBMIT_JOB, SUBMIT_JOB_HIGH]), OURS, unique, self._data())

    def _submit_background(self) -> bytes:
        self.background += 1
        return req(self._chance.choice([SUBMIT_JOB_BG, SUBMIT_JOB_LOW_BG]), OURS, b"", self._data())

    def _work(self) -> bytes:
        """Also on what the load submits: it has to be done by somebody else after all."""
        function = self._chance.choice([OURS, *FUNCTIONS])
        register = self._chance.choice([req(CAN_DO, function), req(CAN_DO_TIMEOUT, function, b"5000")])
        return register + req(GRAB_JOB) + req(PRE_SLEEP)

    def _set(self) -> bytes:
        return self._chance.choice([req(SET_CLIENT_ID, b"visitor"), req(OPTION_REQ, b"exceptions")])

    def _data(self) -> bytes:
        return bytes(self._chance.choice([0, 10, 700, 5000]))

    def _close(self) -> bool:
        self._socket.close()
        return False

    def _reset(self) -> bool:
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NONE)
        self._socket.close()
        return False

    def _listen_on(self) -> bool:
        self._socket.shutdown(socket.SHUT_WR)
        while self._socket.recv(1 << 16):
            pass
        self._socket.close()
        return True

    def _close_half(self) -> bool:
        """And never read: the server still answers, and is done with it."""
        self._socket.shutdown(socket.SHUT_WR)
        return True


@dataclass
class Submitted:
    """Background jobs: those the server must have, and those it may have."""

    surely: int = 0
    perhaps: int = 0


def let_visit(port: int, chance: random.Random, until_closed: ExitStack) -> Submitted:
    """All the visitors; those that only half close are there until the stack is closed."""
    submitted = Submitted()
    present: list[Visitor] = []
    for _ in range(VISITORS):
        present.append(Visitor(port, chance))
        until_closed.callback(present[-1].close)
        for visitor in chance.sample(present, min(2, len(present))):
            visitor.act()
        if len(present) == MOST_AT_ONCE:
            see_off(present.pop(chance.randrange(MOST_AT_ONCE)), submitted)
    for visitor in present:
        see_off(visitor, submitted)
    return submitted


def see_off(visitor: Visitor, submitted: Submitted) -> None:
    heard = visitor.leave()
    submitted.perhaps += visitor.background
    submitted.surely += visitor.background if heard else 0


def jobs(admin: Peer) -> dict[bytes, list[bytes]]:
    """`show jobs`: attempts, ignore, queued by handle."""
    rows = (row.split(b"\t") for row in admin.ask_table(b"show jobs").splitlines()[:-1])
    return {handle: rest for handle, *rest in rows}


def do_all(worker: Peer) -> list[bytes]:
    """The handles of all jobs of OURS, in the order in which they were done."""
    handles = []
    worker.send(req(CAN_DO, OURS), req(GRAB_JOB))
    while (packet := worker.receive()).kind != NO_JOB:
        assert packet.kind == JOB_ASSIGN
        handles.append(packet.args[0])
        worker.send(req(WORK_COMPLETE, handles[-1], b""), req(GRAB_JOB))
    return handles


def await_departures(admin: Peer) -> None:
    """Until nobody else is connected."""
    eventually(lambda: len(admin.ask_table(b"workers").splitlines()), (2).__eq__, "the visitors to be gone")


def test_connections_that_vanish_leave_no_job_no_descriptor_and_no_memory(engine: EngineProcess) -> None:
    before = held(engine)
    seed = random.SystemRandom().getrandbits(24)
    print(f"visitors with seed {seed}")
    with ExitStack() as stack:
        load = stack.enter_context(running_load(engine.port, LOAD_SECONDS, seed=seed))
        submitted = let_visit(engine.port, random.Random(seed), stack)
        load.finish()
        with Peer(engine.port) as admin:
            await_departures(admin)
            left = jobs(admin)
            assert all(queued == b"1" and ignore == b"0" for _, ignore, queued in left.values())
            assert submitted.surely <= len(left) <= submitted.perhaps
            assert sorted(do_all(admin)) == sorted(left)
            assert jobs(admin) == {}
        drop_functions(engine.port)
        expect_rest(engine, before)
