"""What a crowd of slow and silent connections costs those that behave.

python -m benchmarks.slow_crowd [COUNT]

Jobs per second of 8 clients and 8 workers, on a server alone and beside the crowd, in turn: the ratio is
printed for each thread mode.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.programs import program
from tests.support.engine_process import EngineProcess

COUNT, ROUNDS = 5000, 5
LOAD = ("foreground", "--clients", "8", "--depth", "16", "--workers", "8", "--seconds", "3", "--json")


def jobs_per_second(port: int) -> float:
    done = subprocess.run([program("load"), *LOAD, "--port", str(port)], capture_output=True, check=True)
    [phase] = json.loads(done.stdout)["phases"]
    return float(phase["jobs"]) / float(phase["seconds"])


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
        ratios = []
        for _ in range(ROUNDS):
            with EngineProcess(threads=threads) as engine:
                alone = jobs_per_second(engine.port)
                with crowd(engine.port, count):
                    beside = jobs_per_second(engine.port)
            ratios.append(beside / alone)
        shown = " ".join(f"{ratio:.2f}" for ratio in ratios)
        print(
            f"-t {threads}, {count} slow connections: {statistics.median(ratios):.3f} ({shown})", flush=True
        )


if __name__ == "__main__":
    main()
