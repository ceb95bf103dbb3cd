"""Malformed packets of every kind, while others work: all of those are served, and an ECHO after each.

`make storm` sends 100,000 of them, and shows how long the others' jobs took.
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from statistics import quantiles
from time import perf_counter

from tests.protocol.peer import Peer
from tests.protocol.wire import CAN_DO, GRAB_JOB, JOB_ASSIGN, SUBMIT_JOB, WORK_COMPLETE, req, res
from tests.support.engine_process import EngineProcess
from tests.support.in_thread import in_thread
from tests.support.malformed import MAKERS
from tests.support.patience import eventually

COUNT = int(os.environ.get("GEARFAST_STORM", "3000"))
SEED = int(os.environ.get("GEARFAST_STORM_SEED", "1"))
KEPT_ON = 0.9  # of the packets are followed by another on the same connection, if that is still open
RECEIVE = 1 << 16


class Malefactor:
    """Sends to one connection until that is closed, then to the next."""

    def __init__(self, port: int, chance: random.Random) -> None:
        self._port, self._chance = port, chance
        self._peer = Peer(port)

    def send(self, packet: bytes) -> None:
        with suppress(ConnectionError, TimeoutError):
            self._peer.send(packet)
            self._listen()
            if self._chance.random() < KEPT_ON:
                return
        self._peer.close()
        self._peer = Peer(self._port)

    def _listen(self) -> None:
        """Take what is there. Raises ConnectionError when the server has closed the connection."""
        self._peer.socket.setblocking(False)
        try:
            while True:
                if self._peer.socket.recv(RECEIVE) == b"":
                    raise ConnectionResetError
        except BlockingIOError:
            pass
        finally:
            self._peer.socket.settimeout(20.0)

    def close(self) -> None:
        self._peer.close()


@contextmanager
def well_behaved(port: int) -> Iterator[list[float]]:
    """A client and a worker in a thread of their own; the list gets the seconds that each job took."""
    done: list[float] = []
    stop = threading.Event()

    def work() -> None:
        with Peer(port) as client, Peer(port) as worker:
            worker.send(req(CAN_DO, b"well"))
            for number in count():
                if stop.is_set():
                    return
                data = b"%d" % number
                began = perf_counter()
                handle = client.submit(SUBMIT_JOB, b"well", b"", data)
                worker.send(req(GRAB_JOB))
                worker.expect(res(JOB_ASSIGN, handle, b"well", data))
                worker.send(req(WORK_COMPLETE, handle, data))
                client.expect(res(WORK_COMPLETE, handle, data))
                done.append(perf_counter() - began)

    with in_thread(work, stop.set):
        yield done


def show(seconds: list[float]) -> None:
    """For people: a test asserts no times."""
    shares = quantiles(seconds, n=1000)
    told = ", ".join(f"{1000 * shares[nth - 1]:.1f} ms (p{nth / 10:g})" for nth in (500, 990, 999))
    print(f"{COUNT} malformed packets; beside them {len(seconds)} jobs, in {told}")


def test_a_storm_of_malformed_packets() -> None:
    chance = random.Random(SEED)
    with EngineProcess(threads=4) as engine:
        malefactors = [Malefactor(engine.port, chance) for _ in range(4)]
        with Peer(engine.port) as probe, well_behaved(engine.port) as done:
            for number in range(COUNT):
                maker = MAKERS[number % len(MAKERS)]
                chance.choice(malefactors).send(maker(chance))
                probe.expect_silence()
            assert len(done) > COUNT // 100
            show(done)
        for malefactor in malefactors:
            malefactor.close()
        eventually(lambda: engine.counters()["connections"], (0).__eq__, "all connections to be gone")
        assert engine.counters()["lost_effects"] == 0
