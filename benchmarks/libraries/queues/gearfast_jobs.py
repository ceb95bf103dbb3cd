"""The jobs as gearfast has them: tasks of a worker.

python -m benchmarks.libraries.queues.gearfast_jobs HOST:PORT PROCESSES THREADS
"""

from __future__ import annotations

import sys

from benchmarks.libraries.queues import tally
from gearfast import Worker, WorkerJob

PREFETCH = 16


def mark(job: WorkerJob) -> None:
    tally.mark(job.data)


def greet(job: WorkerJob) -> None:
    tally.greet()


def main() -> None:
    """Work until SIGTERM."""
    address, processes, threads = sys.argv[1:]
    worker = Worker(address, processes=int(processes), threads=int(threads), prefetch=PREFETCH)
    worker.task("mark")(mark)
    worker.task("greet")(greet)
    worker.run()


if __name__ == "__main__":
    main()
