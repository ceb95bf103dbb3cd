"""worker.py HOST PORT JOBS FUNCTION...

Serves the named functions with gearfast's own worker for JOBS jobs (0: for ever). "FUNCTION/MS" registers the
function with a time limit.
"""

import sys
import threading
from collections.abc import Callable, Generator
from typing import Any

from gearfast import TaskFailedError, Worker, WorkerJob


def upper(job: WorkerJob) -> bytes:
    data: bytes = job.data
    return data.upper()


def chatty(job: WorkerJob) -> Generator[bytes, None, bytes]:
    yield b"part one"
    job.warn("careful")
    job.progress(1, 4)
    yield b"part two"
    job.progress(3, 4)
    return b"all done"


def failing(job: WorkerJob) -> None:
    raise TaskFailedError


def throwing(job: WorkerJob) -> None:
    raise TaskFailedError("boom")


def handle(job: WorkerJob) -> bytes:
    return job.handle.encode()


def hang(job: WorkerJob) -> None:
    print("hanging", flush=True)
    threading.Event().wait()


FUNCTIONS: dict[str, Callable[[WorkerJob], Any]] = {
    "upper": upper,
    "chatty": chatty,
    "failing": failing,
    "throwing": throwing,
    "handle": handle,
    "hang": hang,
}


def main(host: str, port: str, jobs: str, *names: str) -> None:
    worker = Worker((host, int(port)), max_jobs=int(jobs) or None)
    for name in names:
        function, _, milliseconds = name.partition("/")
        timeout = int(milliseconds) / 1000 if milliseconds else None
        worker.task(function, timeout=timeout)(FUNCTIONS[function])
    worker.run()


main(*sys.argv[1:])
