"""One thread that works: takes jobs from its own connections, runs them, sends the results.

A thread with connections of its own needs no queue to others, and as it holds one running job for each
connection at most, a server's time-out means that job. While a task runs nothing is received; what it
tells is sent at once.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from time import monotonic
from typing import Any

from gearfast.links.bell import Bell
from gearfast.links.blocking import Driver
from gearfast.links.forks import disinherit, drop_after_fork
from gearfast.links.link import NEVER, no_answer
from gearfast.serializers import Serializer
from gearfast.worker.core import WorkerCore
from gearfast.worker.job import WorkerJob, completion, failed_attempt
from gearfast.worker.link import Assignment
from gearfast.worker.tasks import Task

# For how long prefetched jobs are done without sending results and looking at the connections: to send after
# each of many short jobs would cost more than the jobs. A lost connection takes the jobs not begun with it.
_FRESH_SECONDS = 0.0005
_MOST_UNSENT = 4 << 20
_LEAVE_SECONDS = 5.0


class WorkLoop:
    """Run `run` in a thread; `stop` may be called from any other, and from signal handlers."""

    def __init__(
        self,
        core: WorkerCore,
        serializer: Serializer,
        *,
        connect_timeout: float,
        answer_timeout: float,
        heartbeat: float,
        job_done: Callable[[], None],
    ) -> None:
        """`job_done` is called when a job is done, before that is reported."""
        self._core = core
        self._serializer = serializer
        self._answer_timeout = answer_timeout
        self._heartbeat = heartbeat
        self._job_done = job_done
        self._driver = Driver(core.links, connect_timeout)
        self._bell = Bell()
        self._driver.watch(self._bell.fileno())
        self._stop_wanted = False
        self._fresh_until = 0.0
        drop_after_fork(self)

    def stop(self) -> None:
        """Finish what was fetched, then leave."""
        if not self._stop_wanted:
            self._stop_wanted = True
            self._bell.ring()

    def _after_fork(self) -> None:
        """In a process that a task forked: the jobs are its parent's, and so are the connections."""
        self._core.stop()
        for link in self._core.links:
            disinherit(self._driver, link)

    def run(self) -> None:
        """Work until `stop`.

        A task's BaseException that is no Exception ends it, and its jobs go to others.
        """
        try:
            while not (self._core.stopping and self._core.quiet):
                self._heed_stop()
                self._turn()
            self._leave()
        finally:
            self._driver.close()
            self._bell.close()

    def _turn(self) -> None:
        """Wait for jobs, then do those that came."""
        self._core.tick(monotonic(), self._heartbeat)
        self._pump(0.0 if self._core.stopping and self._core.quiet else NEVER)
        while self._core.ready:
            self._work(self._core.ready.popleft())
            if monotonic() >= self._fresh_until:
                self._pump(0.0)

    def _pump(self, deadline: float) -> None:
        """Move bytes; wait for some until the deadline, or until something has to be done."""
        limit = min(
            deadline,
            self._driver.next_deadline(),
            self._core.next_deadline(self._heartbeat, self._answer_timeout),
        )
        now = monotonic()
        self._driver.pump(None if limit == NEVER else limit - now)
        self._fresh_until = monotonic() + _FRESH_SECONDS
        for link in self._core.silent(monotonic(), self._answer_timeout):
            self._driver.drop(link, no_answer(link, self._answer_timeout))

    def _heed_stop(self) -> None:
        """Take no more jobs if that is wanted."""
        if self._stop_wanted and not self._core.stopping:
            self._bell.hush()
            self._core.stop()

    def _leave(self) -> None:
        """Have all servers know what was sent before the connections end."""
        self._core.leave()
        deadline = monotonic() + _LEAVE_SECONDS
        while not self._core.quiet and monotonic() < deadline:
            self._pump(deadline)

    def _work(self, assignment: Assignment) -> None:
        """Do one job. Whatever comes of it, exactly one end is reported."""
        task = self._core.tasks[assignment.function]
        job = WorkerJob(assignment, self._serializer, self._say)
        for attempt in range(task.retries + 1):
            try:
                packets = completion(assignment, self._serializer, self._result(task, job))
                break
            except Exception as error:
                packets, final = failed_attempt(job, assignment, error, attempt)
                if final:
                    break
        self._job_done()
        self._heed_stop()
        self._core.finish(assignment, packets)

    def _result(self, task: Task, job: WorkerJob) -> Any:
        """What the task returns, after sending what it yields."""
        result = task.run(job)
        if not inspect.isgenerator(result):
            return result
        while True:
            try:
                part = next(result)
            except StopIteration as end:
                return end.value
            job.send(part)

    def _say(self, assignment: Assignment, packets: bytes) -> None:
        """Send at once; wait for a server that reads slower than the task speaks."""
        if not self._core.say(assignment, packets):
            return
        self._driver.flush()
        while assignment.current and len(assignment.link.output) > _MOST_UNSENT:
            self._pump(monotonic() + 1.0)
