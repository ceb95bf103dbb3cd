"""async_worker_process.py ADDRESS FUNCTION

An asyncio worker whose jobs take as many seconds as their data says and result in its pid. Says "ready"
when it is about to run, "left" when it has left in order.
"""

from __future__ import annotations

import asyncio
import os
import sys

from gearfast import AsyncWorker, WorkerJob


def main(address: str, function: str) -> None:
    worker = AsyncWorker(address, concurrency=2)

    @worker.task(function)
    async def sleep(job: WorkerJob) -> bytes:
        await asyncio.sleep(float(job.data))
        return b"%d" % os.getpid()

    print("ready", flush=True)
    asyncio.run(worker.run())
    print("left", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
