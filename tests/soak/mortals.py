"""Clients and workers that are killed while they are busy, and the account of their jobs."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.protocol.peer import Peer
from tests.soak.far_ends import far_ends, sockets
from tests.soak.mortal_process import FUNCTION
from tests.support.child import ROOT, environment
from tests.support.gearfast_process import Gearfast
from tests.support.load.driver import jobs_by_function
from tests.support.patience import eventually

CLIENTS, WORKERS = 2, 3


class Mortal:
    """One process, and a thread that takes down what it tells."""

    def __init__(self, role: str, port: int, told: set[int]) -> None:
        self.role = role
        self._told = told
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.soak.mortal_process", role, str(port)],
            stdout=subprocess.PIPE,
            env=environment(has_native_code=False),
            cwd=ROOT,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def kill(self) -> set[str]:
        """The sockets that it was connected to. One that ended by itself was not content with the server."""
        assert self._process.poll() is None, f"a mortal {self.role} ended by itself"
        self._process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        connected = far_ends(self._process.pid)
        self._process.kill()
        self._process.wait()
        self._reader.join()
        return connected

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._told.update(map(int, line.split()))


class Mortals:
    """Some of each; whoever is killed is followed by another."""

    def __init__(self, server: Gearfast, chance: random.Random) -> None:
        self._server, self._chance = server, chance
        self.acknowledged: set[int] = set()
        self.given: set[int] = set()
        self._living: list[Mortal] = []
        self._left: set[str] = set()
        self.killed = 0
        for role in ["client"] * CLIENTS + ["worker"] * WORKERS:
            self._beget(role)

    @property
    def jobs(self) -> int:
        return len(self.acknowledged)

    def kill_one(self) -> None:
        victim = self._living.pop(self._chance.randrange(len(self._living)))
        self._left |= victim.kill()
        self.killed += 1
        self._beget(victim.role)

    def settle(self) -> None:
        """Kill the clients and have the workers come to an end: each acknowledged job was given to one."""
        for client in [mortal for mortal in self._living if mortal.role == "client"]:
            self._living.remove(client)
            self._left |= client.kill()
        eventually(
            lambda: self._left & sockets(self._server.pid), set().__eq__, "all that the dead sent to be read"
        )
        with Peer(self._server.port) as admin:
            eventually(
                lambda: jobs_by_function(admin.ask_table(b"status")).get(FUNCTION, 0),
                (0).__eq__,
                "the mortal workers to do all jobs",
            )
        self.kill()
        lost = self.acknowledged - self.given
        assert not lost, f"{len(lost)} acknowledged jobs were lost, such as {sorted(lost)[:5]}"

    def kill(self) -> None:
        """All that live."""
        living, self._living = self._living, []
        for mortal in living:
            mortal.kill()

    def _beget(self, role: str) -> None:
        told = self.acknowledged if role == "client" else self.given
        self._living.append(Mortal(role, self._server.port, told))


@contextmanager
def mortals(server: Gearfast, chance: random.Random) -> Iterator[Mortals]:
    """Leaving the block kills them."""
    some = Mortals(server, chance)
    try:
        yield some
    finally:
        some.kill()
