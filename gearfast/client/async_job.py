"""A job in the hands of an asyncio client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any

from gearfast.client.jobs import Data, Event, JobRecord
from gearfast.client.requests import JobStatus, Request
from gearfast.client.submission import Submission
from gearfast.errors import JobTimeoutError
from gearfast.links.link import NEVER
from gearfast.serializers import Serializer

if TYPE_CHECKING:
    from gearfast.client.async_client import AsyncClient


async def happens(request: Request, condition: Callable[[], bool], deadline: float = NEVER) -> bool:
    """Wait until the condition on the request holds; false when the deadline (monotonic) comes first."""
    loop = asyncio.get_running_loop()
    while not condition():
        pause = deadline - monotonic()
        if pause <= 0:
            return False
        future: asyncio.Future[None] = loop.create_future()
        request.on_change(partial(_wake, future))
        timer = None if deadline == NEVER else loop.call_later(pause, _wake, future)
        try:
            await future
        finally:
            if timer is not None:
                timer.cancel()
    return True


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


class AsyncJob(JobRecord):
    """What `AsyncClient.submit` returns.

    Iterate with `async for` over the parts of the result as they come.
    """

    __slots__ = ()

    _client: AsyncClient

    def __init__(
        self, submission: Submission, packet: bytes, serializer: Serializer, client: AsyncClient
    ) -> None:
        super().__init__(submission, packet, serializer)
        self._client = client
        self._deadline = NEVER if submission.timeout is None else monotonic() + submission.timeout

    async def result(self, timeout: float | None = None) -> Any:
        """Wait for the end; returns what the worker returned, deserialized. Raises as `Job.result` does."""
        await self.wait(timeout)
        return self.outcome()

    async def wait(self, timeout: float | None = None) -> None:
        """Wait until it is done, well or not. Raises JobTimeoutError."""
        await self._until(lambda: self.settled, timeout)

    async def __aiter__(self) -> AsyncIterator[Any]:
        """The parts of the result, deserialized, in order and from the first on; ends with the job.

        Raises what `result` raises when the job does not end well.
        """
        async for event in self.events():
            if isinstance(event, Data):
                if isinstance(event.value, Exception):
                    raise event.value
                yield event.value

    async def events(self, timeout: float | None = None) -> AsyncIterator[Event]:
        """All that the worker tells: `Data`, `Progress`, `JobWarning`; as `Job.events`."""
        seen = 0
        while await self._wait_for_event(seen, timeout):
            yield self.event(seen)
            seen += 1
        self.outcome()

    async def status(self) -> JobStatus:
        """Ask the server that has the job; as `Job.status`."""
        return await self._client.job_status(self)

    async def cancel(self) -> bool:
        """Have the server forget the job; as `Job.cancel`."""
        return await self._client.job_cancel(self)

    async def _wait_for_event(self, place: int, timeout: float | None) -> bool:
        """Wait for the event at this place; false if the job ends before it."""
        await self._until(lambda: self.settled or self.event_count > place, timeout)
        return self.event_count > place

    async def _until(self, condition: Callable[[], bool], timeout: float | None) -> None:
        deadline = self._deadline if timeout is None else monotonic() + timeout
        if not await happens(self, condition, deadline):
            raise JobTimeoutError(self, f"the job {self.handle} of {self.function} is not done in time")
