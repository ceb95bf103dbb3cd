"""Programs as users write them, for the type checker alone: `make lint` checks them with mypy --strict."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import datetime

from gearfast import (
    AsyncClient,
    AsyncJob,
    AsyncWorker,
    Backoff,
    Client,
    Data,
    Job,
    JobStatus,
    JobWarning,
    Priority,
    Progress,
    Serializer,
    Worker,
    WorkerJob,
)

worker = Worker(["a:1", ("b", 2)], threads=2, backoff=Backoff(first=1), serializer=Serializer(bytes, bytes))


@worker.task("upper", timeout=1.5, retries=1)
def upper(job: WorkerJob) -> bytes:
    data: bytes = job.data
    return data.upper()


@worker.task()
def parts(job: WorkerJob) -> Iterator[str]:
    yield job.unique + job.reducer


decorated: bytes = upper(WorkerJob.__new__(WorkerJob))


def blocking() -> None:
    with Client("a:1", timeout=1) as client:
        job: Job = client.submit("f", b"x", at=datetime.now(), priority=Priority.NORMAL)
        status: JobStatus = job.status()
        running: bool = status.running
        handle: str | None = job.handle
        for event in job.events():
            if isinstance(event, Progress):
                numerator: int = event.numerator
            elif isinstance(event, JobWarning):
                text: bytes = event.data
            else:
                part: Data = event
        jobs: list[Job] = client.submit_many("f", [1, 2], priority="low")
        nonsense: int = client.submit("f")  # type: ignore[assignment] # it is a job
        client.submit("f", prioritaet="low")  # type: ignore[call-arg] # no such option
    print(running, handle, numerator, text, part, jobs, nonsense)


async def asynchronous() -> None:
    other = AsyncWorker(concurrency=3)

    @other.task("f")
    async def count(job: WorkerJob) -> AsyncIterator[bytes]:
        yield b"x"

    async with AsyncClient(None, choose="round-robin") as client:
        job: AsyncJob = await client.submit("f")
        canceled: bool = await job.cancel()
        async for part in job:
            print(part, canceled)
    await other.run()
