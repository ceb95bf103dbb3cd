"""Clients and workers that are killed while they are busy, and the account of their jobs."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.protocol.peer import Peer
from tests.soak.mortal_process import FUNCTION
from tests.support.child import ROOT, environment
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

    def kill(self) -> None:
        """Fails if it has ended by itself: then it was not content with the server."""
        ended = self._process.poll()
        self._process.kill()
        self._process.wait()
        self._reader.join()
        assert ended is None, f"a mortal {self.role} ended by itself"

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._told.update(map(int, line.split()))


class Mortals:
    """Some of each; whoever is killed is followed by another."""

    def __init__(self, port: int, chance: random.Random) -> None:
        self._port, self._chance = port, chance
        self.acknowledged: set[int] = set()
        self.given: set[int] = set()
        self._living: list[Mortal] = []
        self.killed = 0
        for role in ["client"] * CLIENTS + ["worker"] * WORKERS:
            self._beget(role)

    @property
    def jobs(self) -> int:
        return len(self.acknowledged)

    def kill_one(self) -> None:
        victim = self._living.pop(self._chance.randrange(len(self._living)))
        victim.kill()
        self.killed += 1
        self._beget(victim.role)

    def settle(self) -> None:
        """Kill the clients and have the workers come to an end: each acknowledged job was given to one."""
        for client in [mortal for mortal in self._living if mortal.role == "client"]:
            self._living.remove(client)
            client.kill()
        with Peer(self._port) as admin:
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
        self._living.append(Mortal(role, self._port, self.acknowledged if role == "client" else self.given))


@contextmanager
def mortals(port: int, chance: random.Random) -> Iterator[Mortals]:
    """Leaving the block kills them."""
    some = Mortals(port, chance)
    try:
        yield some
    finally:
        some.kill()
