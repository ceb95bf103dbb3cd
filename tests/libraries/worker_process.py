"""worker_process.py ADDRESS FUNCTION [OPTION=NUMBER...]

A worker in processes of its own; its results are the pids that did the jobs. Jobs with data "hang" never
end, "wait" take a while, "die" ends the process, "eat" takes 200 MB for good. Says "ready" when it is
about to run.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time

from gearfast import Worker, WorkerJob

hoard: list[bytearray] = []


def do(job: WorkerJob) -> bytes:
    data: bytes = job.data
    if data == b"wait":
        time.sleep(1)
    elif data == b"hang":
        time.sleep(3600)
    elif data == b"die":
        os.kill(os.getpid(), signal.SIGKILL)
    elif data == b"eat":
        hoard.append(bytearray(b"x" * (200 << 20)))
    return b"%d" % os.getpid()


def main(address: str, function: str, *words: str) -> None:
    logging.basicConfig(level=logging.INFO)
    options = {name: int(number) for name, number in (word.split("=") for word in words)}
    worker = Worker(address, **options)  # type: ignore[arg-type] # all given options are numbers
    worker.task(function)(do)
    print("ready", flush=True)
    worker.run()
    print("left", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
