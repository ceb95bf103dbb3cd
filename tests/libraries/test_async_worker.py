"""The asyncio worker, with the blocking client on the other side."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager

import pytest

from gearfast import (
    AsyncWorker,
    Client,
    Data,
    JobExceptionError,
    JobFailedError,
    JobWarning,
    Progress,
    TaskFailedError,
    WorkerJob,
)
from tests.protocol.server import Counts, Server
from tests.support.in_thread import in_thread

PATIENCE_SECONDS = 60.0


@contextmanager
def working(worker: AsyncWorker) -> Iterator[threading.Thread]:
    """Run it in the event loop of another thread until the block is left; it stops in order."""
    with (
        closing(asyncio.new_event_loop()) as loop,
        in_thread(
            lambda: loop.run_until_complete(worker.run(signals=False)),
            lambda: loop.call_soon_threadsafe(worker.stop),
        ) as thread,
    ):
        yield thread


def test_coroutines_run_at_the_same_time(client: Client, address: str, function: str) -> None:
    worker = AsyncWorker(address, concurrency=5)
    inside = 0
    all_inside = asyncio.Event()

    @worker.task(function)
    async def meet(job: WorkerJob) -> bytes:
        nonlocal inside
        inside += 1
        if inside == 5:
            all_inside.set()
        await asyncio.wait_for(all_inside.wait(), PATIENCE_SECONDS)
        data: bytes = job.data
        return data

    with working(worker):
        assert list(client.map(function, [b"a", b"b", b"c", b"d", b"e"])) == [b"a", b"b", b"c", b"d", b"e"]


def test_no_more_than_asked_at_a_time(client: Client, address: str, function: str) -> None:
    worker = AsyncWorker(address, concurrency=3, prefetch=10)
    inside, most = 0, 0

    @worker.task(function)
    async def count(job: WorkerJob) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0.001)
        inside -= 1

    with working(worker):
        assert list(client.map(function, [b""] * 200)) == [b""] * 200
    assert most == 3


def test_an_asynchronous_generator(client: Client, address: str, function: str) -> None:
    worker = AsyncWorker(address)

    @worker.task(function)
    async def count(job: WorkerJob) -> AsyncIterator[bytes]:
        yield b"one"
        job.progress(1, 2)
        await asyncio.sleep(0)
        job.warn("careful")
        yield b"two"

    with working(worker):
        job = client.submit(function)
        assert list(job.events()) == [Data(b"one"), Progress(1, 2), JobWarning(b"careful"), Data(b"two")]
        assert job.result() == b""


def test_errors_and_retries(client: Client, address: str, function: str) -> None:
    worker = AsyncWorker(address)
    attempts = []

    @worker.task(function, retries=1)
    async def fail(job: WorkerJob) -> None:
        attempts.append(job.data)
        if job.data == b"cancelled":
            raise asyncio.CancelledError
        raise TaskFailedError if job.data == b"quiet" else OSError("broken")

    with working(worker):
        with pytest.raises(JobExceptionError, match="OSError: broken"):
            client.call(function, b"loud")
        with pytest.raises(JobFailedError) as raised:
            client.call(function, b"quiet")
        with pytest.raises(JobExceptionError, match="CancelledError"):
            client.call(function, b"cancelled")
    assert type(raised.value) is JobFailedError
    assert attempts == [b"loud", b"loud", b"quiet", b"cancelled", b"cancelled"]


def test_stopping_finishes_the_jobs(client: Client, server: Server, address: str, function: str) -> None:
    worker = AsyncWorker(address, concurrency=2)
    begun, go_on = threading.Semaphore(0), threading.Event()

    @worker.task(function)
    async def slow(job: WorkerJob) -> bytes:
        begun.release()
        worker.stop()
        while not go_on.is_set():
            await asyncio.sleep(0.001)
        return b"finished"

    jobs = [client.submit(function) for _ in range(4)]
    with working(worker):
        assert begun.acquire(timeout=PATIENCE_SECONDS)
        assert begun.acquire(timeout=PATIENCE_SECONDS)
        go_on.set()
        assert [job.result() for job in jobs[:2]] == [b"finished"] * 2
    server.await_counts(function.encode(), Counts(2, 0, 0))
    for job in jobs[2:]:
        assert job.cancel()


def test_leaving_after_a_number_of_jobs(client: Client, address: str, function: str) -> None:
    worker = AsyncWorker(address, max_jobs=5)

    @worker.task(function)
    async def nothing(job: WorkerJob) -> None:
        return None

    client.submit_many(function, [b""] * 20, background=True)
    with working(worker) as thread:
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive()


class Leave(BaseException):
    """What no task may catch by mistake."""


def test_a_task_that_exits_ends_the_worker_and_its_job_goes_back(
    client: Client, server: Server, address: str, function: str
) -> None:
    worker = AsyncWorker(address)

    @worker.task(function)
    async def leave(job: WorkerJob) -> None:
        raise Leave

    client.submit(function, background=True)
    with pytest.raises(Leave), working(worker) as thread:
        thread.join(PATIENCE_SECONDS)
    server.await_counts(function.encode(), Counts(1, 0, 0))


def test_what_makes_no_sense() -> None:
    with pytest.raises(ValueError, match="no worker has concurrency=0"):
        AsyncWorker(concurrency=0)
    with pytest.raises(ValueError, match="has no task"):
        asyncio.run(AsyncWorker().run())
    with pytest.raises(TypeError, match="no coroutine function"):
        AsyncWorker().task("f")(print)
