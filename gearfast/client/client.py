"""The blocking client."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from time import monotonic
from types import TracebackType
from typing import Any

from gearfast.client import requests
from gearfast.client.base import BATCH, BaseClient, best_status, bounds_of, whereabouts
from gearfast.client.bulk import take_results
from gearfast.client.job import Job
from gearfast.client.link import ClientLink
from gearfast.client.requests import JobStatus, Query
from gearfast.client.submission import Priority, Submission
from gearfast.links.addresses import Servers
from gearfast.links.backoff import DEFAULT_BACKOFF, Backoff
from gearfast.links.blocking import Driver
from gearfast.links.forks import disinherit, drop_after_fork
from gearfast.links.link import NEVER, no_answer
from gearfast.serializers import Serializer

# Bounds on what a pipelining caller gets ahead of the server: answers owed, bytes not sent.
_MOST_UNANSWERED = 8192
_MOST_UNSENT = 1 << 20


class Client(BaseClient):
    """Submits jobs and waits for them, over one connection to each server that it needs.

        with Client("127.0.0.1:4730") as client:
            print(client.call("reverse", b"Hello"))

    It connects when it first has something to say, and again when a connection ends. A job that no server has
    acknowledged goes to the next one; a job that was acknowledged is never submitted again.

    A client is for one thread (or greenlet) at a time; give each thread its own. In a forked process it
    connects anew; the jobs that were under way stay with the parent, and are lost to the child.
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
        """Connects to nothing yet.

        Args:
            servers: "host:port", "unix:/path", or several; by default GEARMAN_SERVERS, GEARMAN_SERVER, or
                localhost:4730.
            choose: `failover` takes the first server that works, `round-robin` each in turn, `unique` the
                one that a hash of the job's unique key names, so that equal jobs meet.
            serializer: how data becomes bytes: `bytes`, `json`, `msgpack`, `pickle` (see
                gearfast.serializers for its danger) or your own.
            timeout: seconds in which a job must be done unless `submit` says otherwise; None: no limit.
            connect_timeout: seconds for one attempt to connect, the look-up of a host name included.
            answer_timeout: seconds for a server to answer; after that its connection is given up.
            submit_timeout: seconds for a request to find a server, all attempts together.
            backoff: pauses between attempts at a server that fails.
            exceptions: ask servers for the worker's own message when it raised; else they tell it only if
                they tell everybody (`--exceptions`).
        """
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
        self._driver = Driver(self._core.links, connect_timeout)
        self._pumping = False
        drop_after_fork(self)

    def submit(
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
    ) -> Job:
        """Submit one job; returns when a server has acknowledged it.

        Args:
            function: what is to be done, up to 8191 bytes.
            data: the workload, as the client's serializer takes it.
            unique: a key of up to 64 bytes. A job with the key and function of one that waits or runs
                joins it. With a key, sending a job again that was not acknowledged can't make it run twice
                at one server.
            priority: `high`, `normal` or `low`.
            background: nobody waits for the result. The job outlives the client.
            at: run it then and not before, in the background: a datetime (a naive one is local time) or
                seconds since 1970, to the second.
            delay: the same, in seconds from now.
            reducer: hand this name to the worker with the job (SUBMIT_REDUCE_JOB).
            timeout: seconds in which it must be done, for `result` and the like; by default the client's.
            retries: how often to submit it again when it failed. Not for background jobs.
            wait: false to return at once and pipeline jobs; `flush` waits for all acknowledgements.

        Raises:
            UnavailableError: no server could be reached.
            RefusedError: the server did not take it, say because its queue is full.
            ValueError, TypeError: the arguments make no sense, or the data can't be serialized.
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
        if wait:
            self.run_until(lambda: job.accepted or job.settled, NEVER)
            if job.error is not None and not job.accepted:
                raise job.error
        else:
            self._keep_moving()
        return job

    def submit_many(self, function: str | bytes, items: Iterable[Any], **options: Any) -> list[Job]:
        """Submit one job for each item, pipelined; returns when all are acknowledged.

        `options` are those of `submit` without `unique` and `wait`. A job that was refused has its `error`
        set; no error is raised for it here.
        """
        asked = self._asked_of_many(function, options)
        jobs: list[Job] = []
        source = iter(items)
        while batch := self._launch_some(Job, asked, source, BATCH):
            jobs += batch
            self._keep_moving()
        self.flush()
        return jobs

    def call(self, function: str | bytes, data: Any = b"", **options: Any) -> Any:
        """Submit one job and wait for its result.

        `options` are those of `submit` without `wait`; errors are those of `submit` and `Job.result`.
        """
        return self._launch(self._asked(function, **options), data).result()

    def map(
        self, function: str | bytes, items: Iterable[Any], *, in_flight: int = 1000, **options: Any
    ) -> Iterator[Any]:
        """The results of one job for each item, in order, with up to `in_flight` jobs under way at a time.

        `options` are those of `submit` without `unique`, `background` and `wait`. Raises what `Job.result`
        raises at the first job that did not end well.
        """
        asked = self._asked_of_many(function, options)
        source = iter(items)
        jobs: deque[Job] = deque()
        (most, step), more = bounds_of(in_flight), True
        while more or jobs:
            while more and len(jobs) + step <= most:
                made = self._launch_some(Job, asked, source, step)
                more = len(made) == step
                jobs += made
                self._keep_moving()
            if results := take_results(jobs, step):
                yield from self._deserialized(results)
            elif jobs:
                yield jobs.popleft().result()

    def flush(self) -> None:
        """Wait until every job submitted so far is acknowledged or refused."""
        self.run_until(lambda: self._core.unanswered == 0, NEVER)

    def status(self, handle: str | bytes) -> JobStatus:
        """What the servers know of a job, by its handle; the first one that knows it answers.

        Raises AnswerTimeoutError, UnavailableError or ConnectionLostError if none could be asked.
        """
        return self._first_known(lambda link: requests.status(handle, link))

    def status_by_unique(self, unique: str | bytes) -> JobStatus:
        """What the servers know of a job, by its unique key; as `status` otherwise."""
        return self._first_known(lambda link: requests.status_by_unique(unique, link))

    def cancel(self, handle: str | bytes) -> bool:
        """Have the servers forget a job that waits, by its handle; false if none knows it."""
        known = [self._cancel(handle, link) for link in self._core.links]
        return any(known)

    def echo(self, data: bytes = b"") -> bytes:
        """Have a server send `data` back, to see whether it is there. Raises as `status` does."""
        return self._ask(requests.echo(data)).arguments[0]

    def close(self) -> None:
        """Close all connections. Foreground jobs under way are lost."""
        self._closed = True
        self._driver.close()
        self._core.end("the client was closed")

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()

    def _after_fork(self) -> None:
        """In a forked process: the connections and the jobs under way are its parent's."""
        for link in self._core.links:
            disinherit(self._driver, link)
        self._core.end("the job is that of the process that forked")
        self._pumping = False

    def job_status(self, job: Job) -> JobStatus:
        """Behind `Job.status`."""
        handle, link = self._whereabouts(job)
        return requests.status_in(self._ask(requests.status(handle, link)))

    def job_cancel(self, job: Job) -> bool:
        """Behind `Job.cancel`."""
        handle, link = self._whereabouts(job)
        return self._cancel(handle, link)

    def run_until(self, condition: Callable[[], bool], deadline: float) -> bool:
        """Move packets until the condition holds; false when the deadline (monotonic) comes first."""
        while not condition():
            now = monotonic()
            self._core.tick(now)
            if condition():
                break
            if now >= deadline:
                return False
            self._pump(min(deadline, self._core.next_deadline()), now)
        return True

    def _launch(self, asked: Submission, data: Any) -> Job:
        self._check_open()
        job = Job(asked, asked.packet(self._serializer.dumps(data)), self._serializer, self)
        self._core.submit(job, monotonic())
        return job

    def _keep_moving(self) -> None:
        """Send and receive without waiting, or wait if too much is under way."""

        def may_go_on() -> bool:
            unsent = sum(len(link.output) for link in self._core.links)
            return self._core.unanswered < _MOST_UNANSWERED and unsent < _MOST_UNSENT

        now = monotonic()
        self._core.tick(now)
        self._pump(now, now)
        self.run_until(may_go_on, NEVER)

    def _pump(self, deadline: float, now: float) -> None:
        if self._pumping:
            raise RuntimeError("a Client is for one thread at a time; give each thread its own")
        self._pumping = True
        try:
            limit = min(deadline, self._driver.next_deadline(), self._first_silence())
            self._driver.pump(None if limit == NEVER else limit - now)
        finally:
            self._pumping = False
        for link in self._core.silent(monotonic(), self._answer_timeout):
            self._driver.drop(link, no_answer(link, self._answer_timeout))

    def _ask(self, query: Query) -> Query:
        """Wait for an answer; raises what came instead."""
        if self._answered(query).error is not None:
            raise query.error  # type: ignore[misc] # not None
        return query

    def _answered(self, query: Query) -> Query:
        """Wait for an answer, or for the error that came instead."""
        self._check_open()
        self._core.submit(query, monotonic())
        self.run_until(lambda: query.settled, NEVER)
        return query

    def _first_known(self, question: Callable[[ClientLink], Query]) -> JobStatus:
        return best_status([self._answered(question(link)) for link in self._core.links])

    def _cancel(self, handle: str | bytes, link: ClientLink) -> bool:
        return self._ask(requests.cancel(handle, link)).arguments[0] == b"OK"

    def _whereabouts(self, job: Job) -> tuple[str, ClientLink]:
        self.run_until(lambda: job.accepted or job.settled, NEVER)
        return whereabouts(job)
