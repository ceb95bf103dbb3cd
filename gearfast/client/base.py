"""What the blocking and the asyncio client have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from time import monotonic
from typing import Any, TypeVar

from gearfast.client.bulk import make_jobs
from gearfast.client.core import ClientCore
from gearfast.client.jobs import JobRecord
from gearfast.client.link import ClientLink
from gearfast.client.requests import JobStatus, Query, status_in
from gearfast.client.submission import Submission, submission
from gearfast.errors import ConnectionLostError
from gearfast.links.addresses import Servers, addresses_of
from gearfast.links.backoff import Backoff
from gearfast.serializers import BYTES, Serializer, serializer_of

BATCH = 256
"""Jobs that are made and submitted in one go."""

J = TypeVar("J", bound=JobRecord)


def bounds_of(in_flight: int) -> tuple[int, int]:
    """How many jobs of a `map` may be under way, and how many are made in one go."""
    return max(1, in_flight), min(BATCH, max(1, in_flight // 4))


class BaseClient:
    """Settings, and the decisions that need no waiting."""

    def __init__(
        self,
        servers: Servers,
        *,
        choose: str,
        serializer: str | Serializer,
        timeout: float | None,
        answer_timeout: float,
        submit_timeout: float,
        backoff: Backoff,
        exceptions: bool,
    ) -> None:
        """As `Client` documents."""
        self._core = ClientCore(addresses_of(servers), choose, submit_timeout, backoff, exceptions)
        self._serializer = serializer_of(serializer)
        self._timeout = timeout
        self._answer_timeout = answer_timeout
        self._closed = False

    def _asked(self, function: str | bytes, *, timeout: float | None = None, **options: Any) -> Submission:
        """The options of `submit`, checked."""
        return submission(function, timeout=self._timeout if timeout is None else timeout, **options)

    def _asked_of_many(self, function: str | bytes, options: dict[str, Any]) -> Submission:
        """The submission of many jobs. Raises TypeError for a key, which would make them all one job."""
        if "unique" in options:
            raise TypeError("one unique key for many jobs would make them one; use submit(..., wait=False)")
        return self._asked(function, **options)

    def _launch_some(self, kind: type[J], asked: Submission, items: Iterator[Any], most: int) -> list[J]:
        """Submit a job for each of the next items, up to so many.

        Those before one that can't be had or serialized are submitted all the same.
        """
        made: list[J] = []
        try:
            make_jobs(made, kind, asked, self._serializer, self, islice(items, most))
        finally:
            if made:
                self._check_open()
                self._core.submit_all(made, monotonic())
        return made

    def _deserialized(self, results: list[bytes]) -> Iterable[Any]:
        return results if self._serializer is BYTES else map(self._serializer.loads, results)

    def _check_open(self) -> None:
        if self._closed:
            raise ConnectionLostError("the client was closed")

    def _first_silence(self) -> float:
        """When the first server will have owed an answer for too long."""
        return min(link.silent_since() for link in self._core.links) + self._answer_timeout


def best_status(answers: list[Query]) -> JobStatus:
    """What the server says that knows the job, if one does. Raises an error if no server answered."""
    statuses = [status_in(answer) for answer in answers if answer.error is None]
    if not statuses:
        raise answers[-1].error or ConnectionLostError("no server answered")
    return max(statuses)


def whereabouts(job: JobRecord) -> tuple[str, ClientLink]:
    """Handle and server of a job; raises what refused it."""
    if job.handle is None or job.home is None:
        raise job.error or ConnectionLostError("no server has the job")
    return job.handle, job.home
