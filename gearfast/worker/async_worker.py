"""The asyncio worker."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable
from time import monotonic
from typing import Any

from gearfast.links.addresses import Servers
from gearfast.links.backoff import DEFAULT_BACKOFF, Backoff
from gearfast.links.forks import disinherit, drop_after_fork
from gearfast.links.link import NEVER, no_answer
from gearfast.links.streams import AsyncDriver
from gearfast.serializers import Serializer, serializer_of
from gearfast.worker.base import BaseWorker
from gearfast.worker.core import WorkerCore
from gearfast.worker.job import WorkerJob, completion, failed_attempt
from gearfast.worker.link import Assignment
from gearfast.worker.signals import STOP_SIGNALS
from gearfast.worker.tasks import Task

log = logging.getLogger("gearfast.worker")

_LEAVE_SECONDS = 5.0


class AsyncWorker(BaseWorker):
    """`Worker` for asyncio: tasks are coroutine functions or asynchronous generators, many at a time.

        worker = AsyncWorker("127.0.0.1:4730", concurrency=100)

        @worker.task("fetch")
        async def fetch(job):
            return await download(job.data)

        asyncio.run(worker.run())

    All jobs come over one connection to each server. gearmand has one timer for each connection, so there a
    task's `timeout` is reliable with a concurrency of 1 only; gearfast has one for each job.
    """

    def __init__(
        self,
        servers: Servers = None,
        *,
        concurrency: int = 10,
        prefetch: int = 0,
        serializer: str | Serializer = "bytes",
        client_id: str | None = None,
        max_jobs: int | None = None,
        max_memory: float | None = None,
        connect_timeout: float = 5.0,
        answer_timeout: float = 30.0,
        heartbeat: float = 60.0,
        backoff: Backoff = DEFAULT_BACKOFF,
    ) -> None:
        """Connects to nothing yet. The arguments are those of `Worker`, but for `concurrency`.

        Args:
            concurrency: jobs at a time.

        Raises ValueError for numbers that make no sense.
        """
        if concurrency < 1 or prefetch < 0:
            raise ValueError(f"no worker has concurrency={concurrency}, prefetch={prefetch}")
        super().__init__(servers, concurrency, 0, max_jobs, max_memory)
        self._prefetch = prefetch
        self._serializer = serializer_of(serializer)
        self._client_id = client_id
        self._connect_timeout = connect_timeout
        self._answer_timeout = answer_timeout
        self._heartbeat = heartbeat
        self._backoff = backoff
        self._stop_wanted = False
        self._core: WorkerCore | None = None
        self._running: set[asyncio.Task[None]] = set()
        self._failure: BaseException | None = None
        self._ending = False

    def _check_callable(self, run: Callable[..., Any]) -> None:
        if not inspect.iscoroutinefunction(run) and not inspect.isasyncgenfunction(run):
            raise TypeError(f"{run!r} is no coroutine function and no asynchronous generator")

    async def run(self, *, signals: bool = True) -> None:
        """Work until `stop`, SIGTERM or SIGINT, or until a limit is reached.

        Cancelling it ends it at once, as a second signal does: its jobs go to other workers. `signals` false
        leaves signals alone; it has to be in any thread but the main one.

        Raises ValueError without tasks.
        """
        self._check_runnable()
        capacity = self._concurrency + self._prefetch
        self._core = core = WorkerCore(self._addresses, self, self._client_id, capacity, self._backoff)
        self._cores = [core]
        self._driver = AsyncDriver(core.links, self._connect_timeout, self._tick)
        drop_after_fork(self)
        self._changed = asyncio.Event()
        if signals:
            self._handle_signals()
        try:
            self._driver.poke()
            await self._until(lambda: self._failure is not None or (core.stopping and core.quiet), NEVER)
            if self._failure is not None:
                raise self._failure
            core.leave()
            self._driver.poke()
            await self._until(lambda: core.quiet, monotonic() + _LEAVE_SECONDS)
        finally:
            await self._end(signals)

    def stop(self) -> None:
        """Finish the jobs that were fetched, then leave. To be called in the event loop's thread."""
        self._stop_wanted = True
        if self._core is not None:
            self._driver.poke()

    def _after_fork(self) -> None:
        """In a process that a task forked: the jobs are its parent's, and so are the connections."""
        if self._core is not None:
            self._core.stop()
            for link in self._core.links:
                disinherit(self._driver, link)

    def _tick(self, now: float, all_received: bool) -> float:
        core = self._core
        assert core is not None
        if self._stop_wanted and not core.stopping:
            core.stop()
        core.tick(now, self._heartbeat)
        if all_received:
            for link in core.silent(now, self._answer_timeout):
                self._driver.drop(link, no_answer(link, self._answer_timeout))
        while core.ready and len(self._running) < self._concurrency:
            self._begin(core.ready.popleft())
        self._changed.set()
        return core.next_deadline(self._heartbeat, self._answer_timeout)

    def _begin(self, assignment: Assignment) -> None:
        task = asyncio.get_running_loop().create_task(self._work(assignment))
        self._running.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A task may end with what is no Exception, say SystemExit: then the worker does, too."""
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failure = error
            self.stop()
        self._driver.poke()

    async def _work(self, assignment: Assignment) -> None:
        """Do one job. Whatever comes of it, exactly one end is reported."""
        core = self._core
        assert core is not None
        task = self[assignment.function]
        job = WorkerJob(assignment, self._serializer, self._say)
        for attempt in range(task.retries + 1):
            try:
                packets = completion(assignment, self._serializer, await self._result(task, job))
                break
            except (Exception, asyncio.CancelledError) as error:
                if self._ending:
                    raise
                packets, final = failed_attempt(job, assignment, error, attempt)
                if final:
                    break
        if (reason := self._limits.reached()) is not None and not self._stop_wanted:
            log.info("leaving: %s", reason)
            self.stop()
        if self._stop_wanted:
            core.stop()
        core.finish(assignment, packets)
        self._driver.poke()

    async def _result(self, task: Task, job: WorkerJob) -> Any:
        """What the task returns, after sending what it yields."""
        if not inspect.isasyncgenfunction(task.run):
            return await task.run(job)
        async for part in task.run(job):
            job.send(part)
            await self._driver.writable()
        return None

    def _say(self, assignment: Assignment, packets: bytes) -> None:
        assert self._core is not None
        self._core.say(assignment, packets)
        self._driver.poke()

    async def _until(self, condition: Callable[[], bool], deadline: float) -> None:
        """Wait for the condition, which changes with a turn of the driver, up to the deadline."""
        timer = None
        if deadline != NEVER:
            # Not asyncio.wait_for, which before Python 3.12 loses a cancellation that meets the event.
            timer = asyncio.get_running_loop().call_later(deadline - monotonic(), self._changed.set)
        try:
            while not condition() and monotonic() < deadline:
                self._changed.clear()
                await self._changed.wait()
        finally:
            if timer is not None:
                timer.cancel()

    def _handle_signals(self) -> None:
        """The first one stops in order, the second one at once."""
        loop, current = asyncio.get_running_loop(), asyncio.current_task()
        assert current is not None

        def handle() -> None:
            if not self._stop_wanted:
                self.stop()
            elif _leave_to_default(loop):
                current.cancel()

        for number in STOP_SIGNALS:
            loop.add_signal_handler(number, handle)

    async def _end(self, signals: bool) -> None:
        if signals:
            _leave_to_default(asyncio.get_running_loop())
        self._ending = True
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await self._driver.close()
        self._core = None
        self._ending = False


def _leave_to_default(loop: asyncio.AbstractEventLoop) -> bool:
    """Handle the signals that stop no longer; false if that was so already."""
    return all(loop.remove_signal_handler(number) for number in STOP_SIGNALS)
