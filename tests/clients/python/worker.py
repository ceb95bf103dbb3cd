"""worker.py HOST PORT JOBS FUNCTION...

Serves the named functions for JOBS jobs (0: for ever) and prints "did FUNCTION UNIQUE SIZE" for each.
"FUNCTION/MS" registers the function with a time limit.
"""

import sys
import threading
from collections.abc import Callable

import gear


def chatty(job: gear.WorkerJob) -> None:
    job.sendWorkData(b"part one")
    job.sendWorkWarning(b"careful")
    job.sendWorkStatus(1, 4)
    job.sendWorkData(b"part two")
    job.sendWorkStatus(3, 4)
    job.sendWorkComplete(b"all done")


def hang(_job: gear.WorkerJob) -> None:
    print("hanging", flush=True)
    threading.Event().wait()


FUNCTIONS: dict[str, Callable[[gear.WorkerJob], None]] = {
    "upper": lambda job: job.sendWorkComplete(job.arguments.upper()),
    "nothing": lambda job: job.sendWorkComplete(),
    "chatty": chatty,
    "failing": lambda job: job.sendWorkFail(),
    "throwing": lambda job: job.sendWorkException(b"boom"),
    "handle": lambda job: job.sendWorkComplete(job.handle),
    "hang": hang,
}


def work(worker: gear.Worker) -> None:
    job = worker.getJob()
    FUNCTIONS[job.name](job)
    print("did", job.name, job.unique, len(job.arguments), flush=True)


def main(host: str, port: str, jobs: str, *names: str) -> None:
    worker = gear.Worker("worker-gear")
    worker.addServer(host, int(port))
    worker.waitForServer(timeout=20)
    for name in names:
        function, _, milliseconds = name.partition("/")
        worker.registerFunction(function, milliseconds.encode() or None)
    done = 0
    while int(jobs) == 0 or done < int(jobs):
        work(worker)
        done += 1
    worker.shutdown()


main(*sys.argv[1:])
