"""What the tests have `gearfast worker` run: copied into a folder of theirs, beside a `version.py`.

A result is the version and the pid. A job with data "die" ends the process, "eat" takes 200 MB for good,
"hold" lasts until there is a file of that name, "talk" prints and logs; any number is written down.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from pathlib import Path

from version import VERSION  # type: ignore[import-not-found] # the test writes it

from gearfast import AsyncWorker, Worker, WorkerJob

FOLDER = Path(__file__).parent
FUNCTION = os.environ["FUNCTION"]
hoard: list[bytearray] = []

worker = Worker()
asynchronous = AsyncWorker()
empty = Worker()
nothing = {"no": "worker"}

if (FOLDER / "crash").exists():
    os.kill(os.getpid(), signal.SIGKILL)


@worker.task(FUNCTION)
def do(job: WorkerJob) -> bytes:
    word = job.data.decode()
    if word == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    elif word == "eat":
        hoard.append(bytearray(b"x" * (200 << 20)))
    elif word == "hold":
        while not (FOLDER / "hold").exists():
            time.sleep(0.01)
    elif word == "talk":
        print("printed\tout")
        print("printed without an end", end="", file=sys.stderr, flush=True)
        logging.getLogger("shop").warning("two\nlines")
        logging.getLogger("shop").debug("not to be seen")
    elif word:
        write_down(word)
    return f"{VERSION} {os.getpid()}".encode()


@asynchronous.task(FUNCTION)
async def do_async(job: WorkerJob) -> bytes:
    return do(job)


def write_down(word: str) -> None:
    """Each job in a line of its own."""
    descriptor = os.open(FOLDER / "done", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(descriptor, f"{word}\n".encode())
    os.close(descriptor)
    time.sleep(0.002)
