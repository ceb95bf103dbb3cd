"""fork_process.py client|async-client|worker|async-worker ADDRESS FUNCTION

client: submits a job, forks, and has parent and child each wait for that job and call for another; prints who
says what. worker: each job forks a process that outlives it, and results in the pid of that process.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time

from gearfast import AsyncClient, AsyncJob, AsyncWorker, Client, GearfastError, Job, Worker, WorkerJob


def run_client(address: str, function: str) -> None:
    client = Client(address, timeout=60)
    client.echo()
    job = client.submit(function, b"before")
    client.submit(function, b"unsent", background=True, wait=False)
    child = os.fork()
    if child == 0:
        print("forked", flush=True)
        talk("child", client, job, function)
        os._exit(0)
    os.waitpid(child, 0)
    talk("parent", client, job, function)
    client.close()


def talk(who: str, client: Client, job: Job, function: str) -> None:
    try:
        print(who, job.result(), flush=True)
    except GearfastError as error:
        print(who, type(error).__name__, error, flush=True)
    print(who, client.call(function, who.encode()), flush=True)


async def run_async_client(address: str, function: str) -> None:
    async with AsyncClient(address, timeout=60) as client:
        await client.echo()
        job = await client.submit(function, b"before")
        await client.submit(function, b"unsent", background=True, wait=False)
        child = os.fork()
        if child == 0:
            print("forked", flush=True)
            asyncio.run(talk_async("child", client, job, function))
            os._exit(0)
        os.waitpid(child, 0)
        await talk_async("parent", client, job, function)


async def talk_async(who: str, client: AsyncClient, job: AsyncJob, function: str) -> None:
    try:
        print(who, await job.result(), flush=True)
    except GearfastError as error:
        print(who, type(error).__name__, error, flush=True)
    print(who, await client.call(function, who.encode()), flush=True)


def forked() -> bytes:
    child = os.fork()
    if child == 0:
        time.sleep(3600)
        os._exit(0)
    return b"%d" % child


def run_worker(address: str, function: str) -> None:
    worker = Worker(address)

    @worker.task(function)
    def fork(job: WorkerJob) -> bytes:
        return forked()

    worker.run()


def run_async_worker(address: str, function: str) -> None:
    worker = AsyncWorker(address)

    @worker.task(function)
    async def fork(job: WorkerJob) -> bytes:
        return forked()

    asyncio.run(worker.run())


if __name__ == "__main__":
    {
        "client": run_client,
        "async-client": lambda *words: asyncio.run(run_async_client(*words)),
        "worker": run_worker,
        "async-worker": run_async_worker,
    }[sys.argv[1]](*sys.argv[2:])
