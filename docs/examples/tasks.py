"""A worker for `gearfast worker`, which imports this module in each of its processes.

gearfast worker --processes 4 --max-jobs 10000 tasks:worker
"""

from __future__ import annotations

import logging

from gearfast import Worker, WorkerJob

log = logging.getLogger("shop")
worker = Worker(threads=2)


@worker.task("reverse", timeout=30)
def reverse(job: WorkerJob) -> bytes:
    log.info("%d bytes to turn round", len(job.data))
    return bytes(job.data[::-1])


if __name__ == "__main__":
    worker.run()
