"""gearman3, with one method mended: it uses array.fromstring, which Python has dropped in 3.9."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import gearman
from gearman.connection import GearmanConnection
from gearman.job import GearmanJob

from benchmarks.libraries.figures import FUNCTION, PAYLOAD, Address, check, latency, rate
from benchmarks.libraries.ours import answering, answering_one_by_one, fill
from benchmarks.rows import Metrics

JOB = {"task": FUNCTION.encode(), "data": PAYLOAD}


class Connection(GearmanConnection):  # type: ignore[misc]
    """Receives as gearman3 does without TLS."""

    def read_data_from_socket(self, bytes_to_read: int = 4096) -> int:
        try:
            received = self.gearman_socket.recv(bytes_to_read)
        except OSError as error:
            self.throw_exception(exception=error)
        if not received:
            self.throw_exception(message="remote disconnected")
        self._incoming_buffer.frombytes(received)
        return len(self._incoming_buffer)


class Client(gearman.GearmanClient):  # type: ignore[misc]
    """A client that can receive."""

    connection_class = Connection

    def call(self) -> bytes:
        """The result of one call."""
        result: bytes = self.submit_job(**JOB).result
        return result


class Worker(gearman.GearmanWorker):  # type: ignore[misc]
    """Does a number of jobs and leaves."""

    connection_class = Connection

    def __init__(self, address: Address, count: int) -> None:
        super().__init__([address])
        self._left = count

    def after_job(self) -> bool:
        self._left -= 1
        return self._left > 0


@contextmanager
def _client(address: Address) -> Iterator[Client]:
    client = Client([address])
    try:
        yield client
    finally:
        client.shutdown()


def submit(address: Address, count: int) -> Metrics:
    """Background jobs, all given to it at once."""
    jobs = [dict(JOB) for _ in range(count)]
    with _client(address) as client:
        return rate(
            count,
            lambda: client.submit_multiple_jobs(jobs, background=True, wait_until_complete=False),
        )


def work(address: Address, count: int) -> Metrics:
    """Jobs of one worker, which does nothing with them."""
    fill(address, count)
    worker = Worker(address, count)

    def no_op(worker: Worker, job: GearmanJob) -> bytes:
        return b""

    worker.register_task(JOB["task"], no_op)
    return rate(count, worker.work)


def calls(address: Address, count: int) -> Metrics:
    """Calls, all given to it at once."""
    requests: list[gearman.job.GearmanJobRequest] = []
    jobs = [dict(JOB) for _ in range(count)]
    with answering(address), _client(address) as client:
        client.call()
        metrics = rate(count, lambda: requests.extend(client.submit_multiple_jobs(jobs)))
    check([request.result for request in requests], count)
    return metrics


def call(address: Address, count: int) -> Metrics:
    """Calls, one after the other."""
    with answering_one_by_one(address), _client(address) as client:
        return latency(count, client.call)
