"""How fast Python's clients and workers are: gearfast's own, and gear, on one gearfast -t 0.

python -m benchmarks.libraries [--rounds N]

One process for the client and one for the worker, workloads of 64 bytes. Each round has each measurement
once; the table shows medians, and what was asked. A blocking call is compared with the load generator's in
the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter, process_time
from typing import NamedTuple

from benchmarks.programs import program
from benchmarks.servers import LOOPBACK, SERVERS, running
from gearfast import AsyncClient, Client, Worker

PAYLOAD = b"x" * 64
FUNCTION = "f"
Address = tuple[str, int]


@contextmanager
def worker_process(address: Address, prefetch: int) -> Iterator[None]:
    """A worker that returns what it is given, until the block is left."""
    pid = os.fork()
    if pid == 0:
        worker = Worker(address, prefetch=prefetch)
        worker.task(FUNCTION)(lambda job: job.data)
        worker.run()
        os._exit(0)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)


class Figure(NamedTuple):
    """What was measured, and the microseconds of processor time that this process took for each, if known."""

    value: float
    cpu: float | None = None


def rate(count: int, work: Callable[[], object]) -> Figure:
    """Things per second."""
    begin, begin_cpu = perf_counter(), process_time()
    work()
    return Figure(count / (perf_counter() - begin), (process_time() - begin_cpu) / count * 1e6)


def submit(address: Address) -> Figure:
    """Background jobs per second, pipelined by one blocking client."""
    count = 300_000
    with Client(address) as client:
        client.echo()
        return rate(count, lambda: client.submit_many(FUNCTION, [PAYLOAD] * count, background=True))


def work(address: Address) -> Figure:
    """Jobs per second of one blocking worker with prefetch, which does nothing with them."""
    count = 200_000
    with Client(address) as client:
        client.submit_many(FUNCTION, [PAYLOAD] * count, background=True)
    worker = Worker(address, prefetch=64, max_jobs=count)
    worker.task(FUNCTION)(lambda job: b"")
    return rate(count, worker.run)


def lone_call(address: Address) -> Figure:
    """Microseconds of a blocking call, one at a time: the median. A blocking worker answers."""
    times = []
    begin_cpu = process_time()
    with worker_process(address, 0), Client(address) as client:
        for _ in range(5000):
            begin = perf_counter()
            client.call(FUNCTION, PAYLOAD)
            times.append(perf_counter() - begin)
    return Figure(statistics.median(times) * 1e6, (process_time() - begin_cpu) / 5000 * 1e6)


def native_call(address: Address) -> Figure:
    """The same of the load generator's client and worker."""
    command = [str(program("load")), "foreground", "--port", str(address[1]), "--json"]
    options = ["--clients", "1", "--depth", "1", "--workers", "1", "--jobs", "5000"]
    done = subprocess.run([*command, *options], capture_output=True, check=True, text=True)
    return Figure(json.loads(done.stdout)["phases"][0]["latency_us"]["p50"])


def async_calls(address: Address) -> Figure:
    """Calls per second of one asyncio client, 200 at a time."""
    count, tasks = 60_000, 200

    async def main() -> Figure:
        async with AsyncClient(address) as client:

            async def caller() -> None:
                for _ in range(count // tasks):
                    await client.call(FUNCTION, PAYLOAD)

            await client.call(FUNCTION, PAYLOAD)
            begin, begin_cpu = perf_counter(), process_time()
            await asyncio.gather(*(caller() for _ in range(tasks)))
            return Figure(count / (perf_counter() - begin), (process_time() - begin_cpu) / count * 1e6)

    with worker_process(address, 64):
        return asyncio.run(main())


def gear_submit(address: Address) -> Figure:
    """Background jobs per second of gear, which has no pipelining."""
    import gear  # type: ignore[import-untyped]

    count = 500
    client = gear.Client()
    client.addServer(*address)
    client.waitForServer()

    def submit_all() -> None:
        for _ in range(count):
            client.submitJob(gear.Job(FUNCTION, PAYLOAD), background=True)

    try:
        return rate(count, submit_all)
    finally:
        client.shutdown()


def gear_work(address: Address) -> Figure:
    """Jobs per second of gear's worker, which does nothing with them."""
    import gear

    count = 500
    with Client(address) as client:
        client.submit_many(FUNCTION, [PAYLOAD] * count, background=True)
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


MEASURES: dict[str, tuple[Callable[[Address], Figure], str]] = {
    "background submits, pipelined (jobs/s)": (submit, "at least 150,000"),
    "the same with gear": (gear_submit, ""),
    "worker with prefetch (jobs/s)": (work, "at least 60,000"),
    "gear's worker": (gear_work, ""),
    "one blocking call at a time, p50 (us)": (lone_call, "at most 2.5 x the load generator's"),
    "the load generator's": (native_call, ""),
    "asyncio calls, 200 at a time (calls/s)": (async_calls, "at least 40,000"),
}


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    server = next(server for server in SERVERS if server.name == "gearfast -t 0")
    found: dict[str, list[Figure]] = {name: [] for name in MEASURES}
    for _ in range(rounds):
        for name, (measure, _) in MEASURES.items():
            with running(server) as target:
                found[name].append(measure((LOOPBACK, target.port)))
            print(".", end="", file=sys.stderr, flush=True)
    print(f"\n| {'':40} | {'median':>10} | {'least':>10} | {'greatest':>10} | CPU us | asked |")
    print("|---|---|---|---|---|---|")
    for name, (_, asked) in MEASURES.items():
        values = sorted(figure.value for figure in found[name])
        shown = [f"{value:10,.0f}" for value in (statistics.median(values), values[0], values[-1])]
        costs = [figure.cpu for figure in found[name] if figure.cpu is not None]
        cpu = f"{statistics.median(costs):6.1f}" if costs else ""
        print(f"| {name:40} | {' | '.join(shown)} | {cpu:6} | {asked} |")


if __name__ == "__main__":
    main()
