"""A job in the hands of a blocking client."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import monotonic
from typing import TYPE_CHECKING, Any

from gearfast.client.jobs import Data, Event, JobRecord
from gearfast.client.requests import JobStatus
from gearfast.client.submission import Submission
from gearfast.errors import JobTimeoutError
from gearfast.links.link import NEVER
from gearfast.serializers import Serializer

if TYPE_CHECKING:
    from gearfast.client.client import Client


class Job(JobRecord):
    """What `Client.submit` returns. Iterate over it for the parts of the result (WORK_DATA) as they come.

    Nothing is received but while the client waits for something: `done`, `handle` and `progress` tell what
    was received so far.
    """

    __slots__ = ()

    _client: Client

    def __init__(self, submission: Submission, packet: bytes, serializer: Serializer, client: Client) -> None:
        super().__init__(submission, packet, serializer)
        self._client = client
        self._deadline = NEVER if submission.timeout is None else monotonic() + submission.timeout

    def result(self, timeout: float | None = None) -> Any:
        """Wait for the end; returns what the worker returned, deserialized.

        Args:
            timeout: seconds to wait from now; by default what is left of the job's own `timeout`.

        Raises:
            JobTimeoutError: it is not done in time. It goes on, and may be asked again.
            JobExceptionError: the worker raised; the text is the worker's own.
            JobFailedError: the worker failed without a word, or the server gave the job up.
            JobLostError: the connection ended while it was under way.
            RefusedError, UnavailableError: no server took it.
            ValueError: it is a background job.
        """
        self.wait(timeout)
        return self.outcome()

    def wait(self, timeout: float | None = None) -> None:
        """Wait until it is done, well or not. Raises JobTimeoutError as `result` does."""
        self._until(lambda: self.settled, timeout)

    def __iter__(self) -> Iterator[Any]:
        """The parts of the result, deserialized, in order and from the first on; ends with the job.

        Raises what `result` raises when the job does not end well.
        """
        for event in self.events():
            if isinstance(event, Data):
                if isinstance(event.value, Exception):
                    raise event.value
                yield event.value

    def events(self, timeout: float | None = None) -> Iterator[Event]:
        """All that the worker tells, in order and from the first on: `Data`, `Progress`, `JobWarning`.

        Ends with the job. Raises what `result` raises when the job does not end well; `timeout` is for
        each event.
        """
        seen = 0
        while self._wait_for_event(seen, timeout):
            yield self.event(seen)
            seen += 1
        self.outcome()

    def status(self) -> JobStatus:
        """Ask the server that has the job. Raises as `Client.status` does, and what refused the job."""
        return self._client.job_status(self)

    def cancel(self) -> bool:
        """Have the server forget the job; false if it does not know it any more.

        It fails for all who wait for it. A worker that runs it already is not told.
        """
        return self._client.job_cancel(self)

    def _wait_for_event(self, place: int, timeout: float | None) -> bool:
        """Wait for the event at this place; false if the job ends before it."""
        self._until(lambda: self.settled or self.event_count > place, timeout)
        return self.event_count > place

    def _until(self, condition: Callable[[], bool], timeout: float | None) -> None:
        deadline = self._deadline if timeout is None else monotonic() + timeout
        if not self._client.run_until(condition, deadline):
            raise JobTimeoutError(self, f"the job {self.handle} of {self.function} is not done in time")
