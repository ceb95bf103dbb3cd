"""gearfast's clients and workers, and the load generator to compare a lone call with."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.libraries.figures import FUNCTION, PAYLOAD, Address, Clock, check, latency, rate
from benchmarks.programs import program
from benchmarks.rows import Metrics
from gearfast import AsyncClient, Client, Worker

TASKS = 200


@contextmanager
def answering(address: Address) -> Iterator[None]:
    """A worker in C that returns what it is given, until the block is left."""
    worker = subprocess.Popen([str(program("answer")), str(address[1]), FUNCTION])
    try:
        yield
    finally:
        worker.terminate()
        worker.wait()


@contextmanager
def answering_one_by_one(address: Address) -> Iterator[None]:
    """One of gearfast's workers that returns what it is given, until the block is left."""
    pid = os.fork()
    if pid == 0:
        try:
            worker = Worker(address)
            worker.task(FUNCTION)(lambda job: job.data)
            worker.run()
        except Exception:
            traceback.print_exc()
        finally:  # the rest of the program is the parent's
            os._exit(0)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)


def fill(address: Address, count: int) -> None:
    """Put background jobs into the queue."""
    with Client(address) as client:
        client.submit_many(FUNCTION, [PAYLOAD] * count, background=True)


def submit(address: Address, count: int) -> Metrics:
    """Background jobs of one blocking client, pipelined."""
    with Client(address) as client:
        client.echo()
        return rate(count, lambda: client.submit_many(FUNCTION, [PAYLOAD] * count, background=True))


def work(address: Address, count: int) -> Metrics:
    """Jobs of one blocking worker with prefetch, which does nothing with them."""
    fill(address, count)
    worker = Worker(address, prefetch=64, max_jobs=count)
    worker.task(FUNCTION)(lambda job: b"")
    return rate(count, worker.run)


def mapped_calls(address: Address, count: int) -> Metrics:
    """Calls of one blocking client, with 1,000 under way."""
    results: list[object] = []
    with answering(address), Client(address) as client:
        client.call(FUNCTION, PAYLOAD)
        metrics = rate(count, lambda: results.extend(client.map(FUNCTION, [PAYLOAD] * count)))
    check(results, count)
    return metrics


def calls(address: Address, count: int) -> Metrics:
    """Calls of one asyncio client, in 200 tasks."""
    with answering(address):
        return asyncio.run(_calls(address, count))


async def _calls(address: Address, count: int) -> Metrics:
    results: list[object] = []
    async with AsyncClient(address) as client:

        async def caller() -> None:
            results.extend([await client.call(FUNCTION, PAYLOAD) for _ in range(count // TASKS)])

        await client.call(FUNCTION, PAYLOAD)
        clock = Clock()
        await asyncio.gather(*(caller() for _ in range(TASKS)))
        metrics = clock.rate(count)
    check(results, count)
    return metrics


def call(address: Address, count: int) -> Metrics:
    """Calls of a blocking client, which a blocking worker answers."""
    with answering_one_by_one(address), Client(address) as client:
        return latency(count, lambda: client.call(FUNCTION, PAYLOAD))


def native_call(address: Address, count: int) -> Metrics:
    """The same of the load generator's client and worker."""
    command = [str(program("load")), "foreground", "--port", str(address[1]), "--json"]
    options = ["--clients", "1", "--depth", "1", "--workers", "1", "--jobs", str(count)]
    done = subprocess.run([*command, *options], capture_output=True, check=True, text=True)
    return {"p50": json.loads(done.stdout)["phases"][0]["latency_us"]["p50"]}
