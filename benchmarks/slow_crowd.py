"""What a crowd of slow and silent connections costs those that behave.

python -m benchmarks.slow_crowd [COUNT]

Jobs per second, and processor time of the server for each job, of 8 clients and 8 workers on a server beside
the crowd, as ratios to those on the same server alone; for each thread mode the median of some rounds.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from benchmarks.programs import program
from tests.support.engine_process import EngineProcess

COUNT, ROUNDS = 5000, 5
LOAD = ("foreground", "--clients", "8", "--depth", "16", "--workers", "8", "--seconds", "3", "--json")


class Sample(NamedTuple):
    """Jobs per second, and ticks of the server for a job."""

    rate: float
    ticks: float


def measure(engine: EngineProcess) -> Sample:
    before = engine.cpu_ticks()
    done = subprocess.run(
        [program("load"), *LOAD, "--port", str(engine.port)], capture_output=True, check=True
    )
    [phase] = json.loads(done.stdout)["phases"]
    ticks = engine.cpu_ticks() - before
    return Sample(phase["jobs"] / phase["seconds"], ticks / phase["jobs"])


@contextmanager
def crowd(port: int, count: int) -> Iterator[None]:
    command = [sys.executable, "-m", "tests.support.slow_crowd", str(port), str(count)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield
        process.stdin.close()


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    for threads in (0, 1, 2, 4):
        rates, costs = [], []
        for _ in range(ROUNDS):
            with EngineProcess(threads=threads) as engine:
                alone = measure(engine)
                with crowd(engine.port, count):
                    beside = measure(engine)
            rates.append(beside.rate / alone.rate)
            costs.append(beside.ticks / alone.ticks)
        rate, cost = statistics.median(rates), statistics.median(costs)
        print(f"-t {threads} beside {count}: {rate:.2f} of the jobs/s, {cost:.2f} of the cost", flush=True)


if __name__ == "__main__":
    main()
