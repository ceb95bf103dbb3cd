"""A Locust user that submits jobs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gevent.pool import Group
from locust import User

from gearfast.client.client import Client
from gearfast.client.job import Job
from gearfast.client.jobs import JobWarning
from gearfast.mix.pool import PLANNED
from gearfast.mix.stamps import name_of

FOREGROUND, BACKGROUND = "foreground", "background"
"""Locust's request types: until the result, until the acknowledgement."""

_LEAVE_SECONDS = 20.0


class GearmanUser(User):
    """Submits jobs without waiting for one before the next: each is a greenlet of its own.

        class Reader(GearmanUser):
            @task
            def read(self):
                self.submit("read", b"page", background=True)

    Its clients are kept for the next job, so a user has as many connections as it had jobs at a time. Each
    job is a request in Locust's statistics, by its function's name; the context of a request names the
    `job` if it is one in the background that was acknowledged.
    """

    abstract = True
    job_timeout = 120.0  # seconds for a foreground job; a longer one is a failure

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._jobs = Group()
        self._idle: list[Client] = []

    def on_stop(self) -> None:
        """Jobs under way are waited for."""
        self._jobs.join(timeout=_LEAVE_SECONDS)
        self._jobs.kill()
        self.disconnect()

    def submit(self, function: str, data: bytes, *, due: float | None = None, **options: Any) -> None:
        """Submit a job now; returns at once. `options` are those of Client.submit.

        Its time counts from `due` (time.time()), so what comes late because the user is behind is told as
        slow.
        """
        self._jobs.spawn(self._run, function, data, time.time() if due is None else due, options)

    def disconnect(self) -> None:
        """Close the connections that no job uses."""
        while self._idle:
            self._idle.pop().close()

    def _run(self, function: str, data: bytes, due: float, options: dict[str, Any]) -> None:
        kind = BACKGROUND if options.get("background") or options.get("delay") else FOREGROUND
        size, name, accepted, problem = 0, function, None, None
        try:
            with self._client() as client:
                job = client.submit(function, data, **options)
                if kind == BACKGROUND:
                    accepted = job.handle and name_of(options.get("unique"), job.handle)
                else:
                    job.wait()
                    size, name = _outcome(job, function)
        except Exception as error:  # whatever it was, the job did not come back
            problem = error
        self._tell(kind, name, due, size, problem, accepted)

    @contextmanager
    def _client(self) -> Iterator[Client]:
        """Kept for the next job, unless this one fails."""
        client = self._idle.pop() if self._idle else Client(self.host, timeout=self.job_timeout)
        try:
            yield client
        except BaseException:
            client.close()
            raise
        self._idle.append(client)

    def _tell(
        self, kind: str, name: str, due: float, size: int, problem: Exception | None, job: str | None
    ) -> None:
        self.environment.events.request.fire(
            request_type=kind,
            name=name,
            response_time=max(0.0, time.time() - due) * 1000,
            response_length=size,
            exception=problem,
            context={**self.context(), "job": job},
        )


def _outcome(job: Job, name: str) -> tuple[int, str]:
    """The size of the result, and what to call the job. Raises a failure that was not planned."""
    events = (job.event(place) for place in range(job.event_count))
    if job.error is not None and JobWarning(PLANNED) in events:
        return 0, f"{name} (planned failure)"
    return len(job.outcome()), name
