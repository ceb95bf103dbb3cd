"""The asyncio client.

Most of it is the same code as the blocking one; this is about the rest, and about both alike.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest

from gearfast import (
    AsyncClient,
    AsyncJob,
    Client,
    ConnectionLostError,
    Data,
    Job,
    JobExceptionError,
    JobLostError,
    JobTimeoutError,
    JobWarning,
    Progress,
    RefusedError,
    UnavailableError,
    Worker,
    WorkerJob,
)
from tests.libraries.working import working
from tests.protocol.peer import Peer
from tests.protocol.server import Counts, Server
from tests.protocol.wire import (
    GRAB_JOB_ALL,
    JOB_ASSIGN_UNIQ,
    WORK_COMPLETE,
    WORK_DATA,
    WORK_STATUS,
    WORK_WARNING,
    req,
    res,
)


@pytest.fixture
def worker(server: Server, function: str) -> Peer:
    return server.worker(function.encode())


@asynccontextmanager
async def connected(address: str) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(address, timeout=60) as client:
        yield client


def grab(worker: Peer, job: AsyncJob, data: bytes) -> bytes:
    assert job.handle is not None
    handle = job.handle.encode()
    worker.send(req(GRAB_JOB_ALL))
    worker.expect(res(JOB_ASSIGN_UNIQ, handle, job.function.encode(), job.unique.encode(), data))
    return handle


def test_all_that_a_worker_tells(address: str, worker: Peer, function: str) -> None:
    async def main() -> None:
        async with connected(address) as client:
            job = await client.submit(function, b"x")
            handle = grab(worker, job, b"x")
            worker.send(req(WORK_DATA, handle, b"one"), req(WORK_STATUS, handle, b"1", b"4"))
            events = job.events()
            assert [await anext(events), await anext(events)] == [Data(b"one"), Progress(1, 4)]
            last = req(WORK_COMPLETE, handle, b"r")
            worker.send(req(WORK_WARNING, handle, b"care"), req(WORK_DATA, handle, b"two"), last)
            assert [event async for event in events] == [JobWarning(b"care"), Data(b"two")]
            assert [part async for part in job] == [b"one", b"two"]
            assert await job.result() == b"r"

    asyncio.run(main())


def test_status_and_cancel(address: str, server: Server, function: str) -> None:
    async def main() -> None:
        async with connected(address) as client:
            job = await client.submit(function, b"x", unique=function)
            assert job.handle is not None
            waiting = (True, False, 0, 0, None)
            assert await job.status() == await client.status(job.handle) == waiting
            assert await client.status_by_unique(function) == (True, False, 0, 0, 1)
            assert await job.cancel()
            assert not await client.cancel("H:nobody:1")
            assert await client.echo(b"x") == b"x"

    asyncio.run(main())


def test_a_job_that_is_not_done_in_time_goes_on(address: str, worker: Peer, function: str) -> None:
    async def main() -> None:
        async with connected(address) as client:
            job = await client.submit(function, b"x", timeout=0.05)
            handle = grab(worker, job, b"x")
            with pytest.raises(JobTimeoutError):
                await job.result()
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(job.result(60), 0.05)
            worker.send(req(WORK_COMPLETE, handle, b"late"))
            assert await job.result(60) == b"late"

    asyncio.run(main())


def test_many_calls_at_a_time(address: str, function: str) -> None:
    async def main() -> None:
        async with connected(address) as client:
            items = [b"%d" % number for number in range(500)]
            assert await asyncio.gather(*(client.call(function, item) for item in items)) == items
            assert [result async for result in client.map(function, items, in_flight=7)] == items

    worker = Worker(address, prefetch=5)
    worker.task(function)(lambda job: job.data)
    with working(worker):
        asyncio.run(main())


def test_many_background_jobs(address: str, server: Server, function: str) -> None:
    async def main() -> None:
        async with connected(address) as client:
            jobs = await client.submit_many(function, [b"x"] * 3000, background=True)
            assert len({job.handle for job in jobs}) == 3000

    asyncio.run(main())
    assert server.counts(function.encode()) == Counts(3000, 0, 0)


def test_an_exception(address: str, function: str) -> None:
    worker = Worker(address)

    @worker.task(function)
    def fail(job: WorkerJob) -> None:
        raise LookupError("no such thing")

    async def main() -> None:
        async with connected(address) as client:
            with pytest.raises(JobExceptionError, match=r"^LookupError: no such thing$"):
                await client.call(function)

    with working(worker):
        asyncio.run(main())


def test_a_refused_job(address: str, server: Server, function: str) -> None:
    async def main() -> None:
        async with connected(address) as client:
            await client.submit(function, background=True)
            server.admin.ask(b"maxqueue " + function.encode() + b" 1")
            with pytest.raises(RefusedError, match="Job queue is full"):
                await client.submit(function, background=True)

    asyncio.run(main())


def test_much_data_through_a_slow_reader(address: str, function: str) -> None:
    """The server takes it as fast as it can; what is submitted faster has to wait."""

    async def main() -> None:
        async with connected(address) as client:
            data = bytes(1 << 20)
            jobs = [await client.submit(function, data, background=True, wait=False) for _ in range(50)]
            await asyncio.gather(*(job.wait() for job in jobs))
            assert all(job.handle for job in jobs)

    asyncio.run(main())


def test_no_server_at_all() -> None:
    async def main() -> None:
        async with AsyncClient("127.0.0.1:1", submit_timeout=0.3) as client:
            with pytest.raises(UnavailableError, match=r"127\.0\.0\.1:1: "):
                await client.submit("f")

    asyncio.run(main())


def test_a_closed_client(address: str, function: str) -> None:
    async def main() -> None:
        client = AsyncClient(address)
        job = await client.submit(function, b"x")
        await client.close()
        with pytest.raises(JobLostError):
            await job.result()
        attempts: list[Callable[[], Coroutine[Any, Any, Any]]] = [
            lambda: client.submit(function),
            client.echo,
            job.status,
        ]
        for attempt in attempts:
            with pytest.raises(ConnectionLostError):
                await attempt()

    asyncio.run(main())


def test_a_client_that_is_closed_before_it_has_connected(address: str, function: str) -> None:
    """It leaves nothing behind that would connect later."""

    async def main() -> None:
        client = AsyncClient(address)
        job = await client.submit(function, b"x", wait=False)
        await client.close()
        for _ in range(3):
            await asyncio.sleep(0)
            assert asyncio.all_tasks() == {asyncio.current_task()}
        with pytest.raises(ConnectionLostError):
            await job.result()

    asyncio.run(main())


@pytest.mark.parametrize(("blocking", "asynchronous"), [(Client, AsyncClient), (Job, AsyncJob)])
def test_both_clients_have_the_same_interface(blocking: type, asynchronous: type) -> None:
    """All but `flush`, which asyncio does by itself, and what drives the blocking one."""

    def parameters(kind: type) -> dict[str, list[str]]:
        public = {name: vars(kind)[name] for name in vars(kind) if name == "__init__" or name[0] != "_"}
        return {
            name: [
                str(parameter).partition(":")[0]
                for parameter in inspect.signature(method).parameters.values()
            ]
            for name, method in public.items()
            if name not in ("flush", "run_until")
        }

    assert parameters(blocking) == parameters(asynchronous)
