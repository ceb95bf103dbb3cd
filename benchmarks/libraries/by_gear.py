"""gear. It waits for each acknowledgement, so it can't pipeline submits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue

import gear

from benchmarks.libraries.figures import FUNCTION, PAYLOAD, Address, Clock, check, latency, rate
from benchmarks.libraries.ours import answering, answering_one_by_one, fill
from benchmarks.rows import Metrics


class Client(gear.Client):  # type: ignore[misc]
    """Puts completed jobs into a queue, as gear's documentation advises: by overriding the handler."""

    def __init__(self) -> None:
        super().__init__()
        self.completed: SimpleQueue[gear.Job] = SimpleQueue()

    def handleWorkComplete(self, packet: gear.Packet) -> gear.Job:  # noqa: N802
        job = super().handleWorkComplete(packet)
        self.completed.put(job)
        return job

    def call(self) -> bytes:
        """The result of one call."""
        self.submitJob(gear.Job(FUNCTION, PAYLOAD))
        return b"".join(self.completed.get(timeout=60).data)


@contextmanager
def _client(address: Address) -> Iterator[Client]:
    client = Client()
    client.addServer(*address)
    client.waitForServer()
    try:
        yield client
    finally:
        client.shutdown()


def submit(address: Address, count: int) -> Metrics:
    """Background jobs, one after the other."""
    with _client(address) as client:

        def submit_all() -> None:
            for _ in range(count):
                client.submitJob(gear.Job(FUNCTION, PAYLOAD), background=True)

        return rate(count, submit_all)


def work(address: Address, count: int) -> Metrics:
    """Jobs of one worker, which does nothing with them."""
    fill(address, count)
    worker = gear.Worker("bench")
    worker.addServer(*address)
    worker.waitForServer()

    def work_all() -> None:
        worker.registerFunction(FUNCTION)
        for _ in range(count):
            worker.getJob().sendWorkComplete(b"")

    try:
        return rate(count, work_all)
    finally:
        worker.shutdown()


def calls(address: Address, count: int) -> Metrics:
    """Calls whose results are fetched when all have been submitted."""
    with answering(address), _client(address) as client:
        client.call()
        clock = Clock()
        for _ in range(count):
            client.submitJob(gear.Job(FUNCTION, PAYLOAD))
        jobs = [client.completed.get(timeout=60) for _ in range(count)]
        metrics = clock.rate(count)
    check([b"".join(job.data) for job in jobs], count)
    return metrics


def call(address: Address, count: int) -> Metrics:
    """Calls, one after the other."""
    with answering_one_by_one(address), _client(address) as client:
        return latency(count, client.call)
