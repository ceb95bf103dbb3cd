"""One process of the load: clients for a while, workers until the server is empty.

    python -m tests.support.load.party PORT SECONDS NUMBER SEED

Writes the line "quiet" once its clients have all they waited for, then waits for a line on stdin, ends, and
writes its ledger as a pickle.
"""

from __future__ import annotations

import asyncio
import pickle
import random
import sys
from collections.abc import Coroutine, Iterable
from typing import Any

from tests.support.load.clients import Foreground, Pipeliner
from tests.support.load.ledger import Ledger
from tests.support.load.nuisances import Administrator, Vandal, Vanisher
from tests.support.load.tasks import Task, all_done, cancel
from tests.support.load.workers import Worker

FUNCTIONS = [b"load%d" % number for number in range(5)]
TIMED = {FUNCTIONS[0]}
FOREGROUNDS, PIPELINERS, VANISHERS, WORKERS = 4, 1, 2, 6


class Party:
    """The peers of one process; all take their chances from one seed."""

    def __init__(self, port: int, number: int, seed: int) -> None:
        self.ledger = Ledger()
        self._port, self._number = port, number
        self._chance = random.Random(seed * 1000 + number)

    def clients(self, stop: asyncio.Event) -> Iterable[Coroutine[Any, Any, None]]:
        for _ in range(FOREGROUNDS):
            yield Foreground(self._port, FUNCTIONS, self.ledger, self._luck()).run(stop)
        for _ in range(PIPELINERS):
            yield Pipeliner(self._port, FUNCTIONS, self.ledger, self._luck()).run(stop)
        for _ in range(VANISHERS):
            yield Vanisher(self._port, FUNCTIONS, self.ledger, self._luck()).run(stop)
        yield Vandal(self._port, self.ledger, self._luck()).run(stop)
        yield Administrator(self._port, b"admin%d" % self._number, self.ledger, self._luck()).run(stop)

    def workers(self) -> Iterable[Coroutine[Any, Any, None]]:
        """The first can do everything, so that no function is without a worker."""
        for index in range(WORKERS):
            count = len(FUNCTIONS) if index == 0 else self._chance.randint(1, len(FUNCTIONS))
            functions = self._chance.sample(FUNCTIONS, count)
            yield Worker(self._port, functions, TIMED, self.ledger, self._luck()).run()

    def _luck(self) -> random.Random:
        return random.Random(self._chance.getrandbits(64))


async def run(party: Party, seconds: float) -> None:
    """Load the server for so long, and work until told that no job is left."""
    stop = asyncio.Event()
    workers = [asyncio.create_task(worker) for worker in party.workers()]
    clients = [asyncio.create_task(client) for client in party.clients(stop)]
    asyncio.get_running_loop().call_later(seconds, stop.set)
    await all_done(clients, workers)
    print("quiet", flush=True)
    reading: Task = asyncio.create_task(_line_on_stdin())
    await all_done([reading], workers)
    await cancel(workers)


async def _line_on_stdin() -> None:
    await asyncio.to_thread(sys.stdin.readline)


def main() -> None:
    port, seconds, number, seed = sys.argv[1:]
    party = Party(int(port), int(number), int(seed))
    asyncio.run(run(party, float(seconds)))
    sys.stdout.buffer.write(pickle.dumps(party.ledger))


if __name__ == "__main__":
    main()
