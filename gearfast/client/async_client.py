"""The asyncio client."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import datetime
from time import monotonic
from types import TracebackType
from typing import Any

from gearfast.client import requests
from gearfast.client.async_job import AsyncJob, happens
from gearfast.client.base import BATCH, BaseClient, best_status, bounds_of, whereabouts
from gearfast.client.bulk import take_results
from gearfast.client.link import ClientLink
from gearfast.client.requests import JobStatus, Query
from gearfast.client.submission import Priority, Submission
from gearfast.links.addresses import Servers
from gearfast.links.backoff import DEFAULT_BACKOFF, Backoff
from gearfast.links.forks import disinherit, drop_after_fork
from gearfast.links.link import no_answer
from gearfast.links.streams import AsyncDriver
from gearfast.serializers import Serializer


class AsyncClient(BaseClient):
    """`Client` for asyncio: the same options, behaviour and errors, with `await`.

        async with AsyncClient("127.0.0.1:4730") as client:
            print(await client.call("reverse", b"Hello"))

    Any number of tasks of one event loop may use it at a time, over one connection to each server. In a
    forked process it connects anew, in the event loop that runs there; the jobs that were under way stay with
    the parent, and are lost to the child.
    """

    def __init__(
        self,
        servers: Servers = None,
        *,
        choose: str = "failover",
        serializer: str | Serializer = "bytes",
        timeout: float | None = None,
        connect_timeout: float = 5.0,
        answer_timeout: float = 30.0,
        submit_timeout: float = 60.0,
        backoff: Backoff = DEFAULT_BACKOFF,
        exceptions: bool = True,
    ) -> None:
        """Connects to nothing yet; the arguments are those of `Client`."""
        super().__init__(
            servers,
            choose=choose,
            serializer=serializer,
            timeout=timeout,
            answer_timeout=answer_timeout,
            submit_timeout=submit_timeout,
            backoff=backoff,
            exceptions=exceptions,
        )
        self._driver = AsyncDriver(self._core.links, connect_timeout, self._tick)
        drop_after_fork(self)

    async def submit(
        self,
        function: str | bytes,
        data: Any = b"",
        *,
        unique: str | bytes | None = None,
        priority: Priority | str = Priority.NORMAL,
        background: bool = False,
        at: datetime | float | None = None,
        delay: float | None = None,
        reducer: str | bytes | None = None,
        timeout: float | None = None,
        retries: int = 0,
        wait: bool = True,
    ) -> AsyncJob:
        """Submit one job; returns when a server has acknowledged it. Arguments and errors as in
        `Client.submit`.

        `wait` false returns as soon as it is on its way.
        """
        asked = self._asked(
            function,
            unique=unique,
            priority=priority,
            background=background,
            at=at,
            delay=delay,
            reducer=reducer,
            timeout=timeout,
            retries=retries,
        )
        job = self._launch(asked, data)
        await self._driver.writable()
        if wait:
            await self._acknowledged(job)
            if job.error is not None and not job.accepted:
                raise job.error
        return job

    async def submit_many(
        self, function: str | bytes, items: Iterable[Any], **options: Any
    ) -> list[AsyncJob]:
        """Submit one job for each item, pipelined.

        Returns when all are acknowledged; as `Client.submit_many`.
        """
        asked = self._asked_of_many(function, options)
        source = iter(items)
        jobs: list[AsyncJob] = []
        while batch := self._launch_some(AsyncJob, asked, source, BATCH):
            jobs += batch
            await self._move_on()
        for job in jobs:
            await self._acknowledged(job)
        return jobs

    async def call(self, function: str | bytes, data: Any = b"", **options: Any) -> Any:
        """Submit one job and wait for its result.

        `options` are those of `submit` without `wait`; errors are those of `submit` and `AsyncJob.result`.
        """
        job = self._launch(self._asked(function, **options), data)
        await self._driver.writable()
        return await job.result()

    async def map(
        self, function: str | bytes, items: Iterable[Any], *, in_flight: int = 1000, **options: Any
    ) -> AsyncIterator[Any]:
        """The results of one job for each item, in order; as `Client.map`."""
        asked = self._asked_of_many(function, options)
        source = iter(items)
        jobs: deque[AsyncJob] = deque()
        (most, step), more = bounds_of(in_flight), True
        while more or jobs:
            while more and len(jobs) + step <= most:
                made = self._launch_some(AsyncJob, asked, source, step)
                more = len(made) == step
                jobs += made
                await self._move_on()
            if results := take_results(jobs, step):
                for result in self._deserialized(results):
                    yield result
            elif jobs:
                yield await jobs.popleft().result()

    async def status(self, handle: str | bytes) -> JobStatus:
        """What the servers know of a job, by its handle; as `Client.status`."""
        return await self._first_known(lambda link: requests.status(handle, link))

    async def status_by_unique(self, unique: str | bytes) -> JobStatus:
        """What the servers know of a job, by its unique key; as `status` otherwise."""
        return await self._first_known(lambda link: requests.status_by_unique(unique, link))

    async def cancel(self, handle: str | bytes) -> bool:
        """Have the servers forget a job that waits, by its handle; false if none knows it."""
        known = [await self._cancel(handle, link) for link in self._core.links]
        return any(known)

    async def echo(self, data: bytes = b"") -> bytes:
        """Have a server send `data` back, to see whether it is there. Raises as `status` does."""
        return (await self._ask(requests.echo(data))).arguments[0]

    async def close(self) -> None:
        """Close all connections. Foreground jobs under way are lost."""
        self._closed = True
        await self._driver.close()
        self._core.end("the client was closed")

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()

    def _after_fork(self) -> None:
        """In a forked process: the connections, the event loop and the jobs under way are its parent's."""
        for link in self._core.links:
            disinherit(self._driver, link)
        self._core.end("the job is that of the process that forked")

    async def job_status(self, job: AsyncJob) -> JobStatus:
        """Behind `AsyncJob.status`."""
        handle, link = await self._whereabouts(job)
        return requests.status_in(await self._ask(requests.status(handle, link)))

    async def job_cancel(self, job: AsyncJob) -> bool:
        """Behind `AsyncJob.cancel`."""
        handle, link = await self._whereabouts(job)
        return await self._cancel(handle, link)

    def _tick(self, now: float, all_received: bool) -> float:
        self._core.tick(now)
        if all_received:
            for link in self._core.silent(now, self._answer_timeout):
                self._driver.drop(link, no_answer(link, self._answer_timeout))
        return min(self._core.next_deadline(), self._first_silence())

    def _launch(self, asked: Submission, data: Any) -> AsyncJob:
        self._check_open()
        job = AsyncJob(asked, asked.packet(self._serializer.dumps(data)), self._serializer, self)
        self._core.submit(job, monotonic())
        self._driver.poke()
        return job

    async def _move_on(self) -> None:
        """Let the loop send what was submitted, and others run; wait for a server that reads slower."""
        self._driver.poke()
        await asyncio.sleep(0)
        await self._driver.writable()

    async def _ask(self, query: Query) -> Query:
        """Wait for an answer; raises what came instead."""
        if (await self._answered(query)).error is not None:
            raise query.error  # type: ignore[misc] # not None
        return query

    async def _answered(self, query: Query) -> Query:
        """Wait for an answer, or for the error that came instead."""
        self._check_open()
        self._core.submit(query, monotonic())
        self._driver.poke()
        await happens(query, lambda: query.settled)
        return query

    async def _first_known(self, question: Callable[[ClientLink], Query]) -> JobStatus:
        return best_status([await self._answered(question(link)) for link in self._core.links])

    async def _cancel(self, handle: str | bytes, link: ClientLink) -> bool:
        return (await self._ask(requests.cancel(handle, link))).arguments[0] == b"OK"

    async def _whereabouts(self, job: AsyncJob) -> tuple[str, ClientLink]:
        await self._acknowledged(job)
        return whereabouts(job)

    async def _acknowledged(self, job: AsyncJob) -> None:
        """Wait until a server took the job, or none did."""
        await happens(job, lambda: job.accepted or job.settled)
