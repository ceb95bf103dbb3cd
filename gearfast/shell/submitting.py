"""Client mode: jobs whose packets are printed as they come."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from gearfast.client.client import Client
from gearfast.client.jobs import JobRecord
from gearfast.client.submission import Priority, Submission, submission
from gearfast.errors import JobFailedError, UnavailableError
from gearfast.links.addresses import Address
from gearfast.links.backoff import Backoff
from gearfast.links.link import NEVER, State
from gearfast.protocol.packets import JOB_CREATED, WORK_COMPLETE, WORK_EXCEPTION, WORK_FAIL
from gearfast.serializers import serializer_of
from gearfast.shell.output import Output

if TYPE_CHECKING:
    from gearfast.client.link import ClientLink

_LAST_WORDS = frozenset((WORK_COMPLETE, WORK_EXCEPTION, WORK_FAIL))

# Each workload tries the servers once: the next one waits this long at most for that.
_BACKOFF = Backoff(0.1, 0.1)


class Order(NamedTuple):
    """What is to be done with each workload: one job for each of the functions.

    `silence` is how many seconds a server may say nothing; None: for ever.
    """

    functions: Sequence[str]
    unique: str
    priority: Priority
    background: bool
    silence: float | None

    def submissions(self) -> list[Submission]:
        """In the order of `gearman`, the last function first. Raises ValueError for names no server takes."""
        return [
            submission(
                function,
                unique=self.unique or str(uuid.uuid4()),
                priority=self.priority,
                background=self.background,
            )
            for function in reversed(self.functions)
        ]


class PrintedJob(JobRecord):
    """A job that prints what is said of it, keeps nothing, and calls `heard` with the packet's type."""

    __slots__ = ("_heard", "_output")

    def __init__(
        self, asked: Submission, data: bytes, output: Output, heard: Callable[[int | None], None]
    ) -> None:
        super().__init__(asked, asked.packet(data), serializer_of("bytes"))
        self._output = output
        self._heard = heard

    def changed(self) -> None:
        self._heard(None)
        super().changed()

    def answered(self, link: ClientLink, kind: int, arguments: tuple[bytes, ...]) -> bool:
        if kind == JOB_CREATED:
            self._output.created(arguments[0])
        return super().answered(link, kind, arguments)

    def reported(self, kind: int, arguments: tuple[bytes, ...]) -> bool:
        self._output.report(self.submission.function, kind, arguments)
        self._heard(kind)
        return kind in _LAST_WORDS and super().reported(kind, arguments)


class ShellClient(Client):
    """Runs orders, one workload after the other, and prints what comes of them.

    `failed` tells whether a worker said that a job failed, `troubled` whether anything else kept a job from
    being done: it raised, the time was up, no server took it.
    """

    def __init__(self, addresses: Sequence[Address], output: Output, exceptions: bool) -> None:
        super().__init__([str(address) for address in addresses], exceptions=exceptions, backoff=_BACKOFF)
        self._output = output
        self._news = 0
        self.failed = False
        self.troubled = False

    def run(self, order: Order, data: bytes) -> None:
        """Submit the workload to each function, and wait for all; in the background until servers have them.

        Raises ValueError for a workload of 4 GiB or more.
        """
        jobs = [PrintedJob(asked, data, self._output, self._heard) for asked in order.submissions()]
        # One that breaks now may have been dead for long: it is tried once more.
        attempts = [link.failures + (link.state is State.OPEN) for link in self._core.links]
        for job in jobs:
            self._core.submit(job, monotonic())
        self._wait(jobs, order.silence, attempts)
        for job in jobs:
            if job.error is not None and not isinstance(job.error, JobFailedError):
                self._complain(str(job.error))

    def _wait(self, jobs: list[PrintedJob], silence: float | None, attempts: list[int]) -> None:
        """Until all are settled, nothing was heard for too long, or no server can be reached."""

        def moved() -> bool:
            return self._news != seen or self._out_of_reach(attempts)

        while not all(job.settled for job in jobs):
            seen = self._news
            if not self.run_until(moved, NEVER if silence is None else monotonic() + silence):
                self._give_up([job for job in jobs if not job.settled], silence)
                return
            if self._out_of_reach(attempts):
                self._fail_homeless(jobs)

    def _give_up(self, jobs: list[PrintedJob], silence: float | None) -> None:
        """The time is up. What no server has will not be sent to one later."""
        for job in jobs:
            self._core.give_up(job)
        names = ", ".join(job.function for job in jobs)
        self._complain(f"time-out: nothing was heard of {names} for {1000 * (silence or 0):g} ms")

    def _out_of_reach(self, attempts: list[int]) -> bool:
        """Whether every server was tried, and none is connected or may be soon."""
        links = self._core.links
        return all(
            link.state is State.IDLE and link.failures > before
            for link, before in zip(links, attempts, strict=True)
        )

    def _fail_homeless(self, jobs: list[PrintedJob]) -> None:
        reasons = "; ".join(f"cannot connect to {link.address}: {reason(link)}" for link in self._core.links)
        for job in jobs:
            if not job.settled:
                self._core.give_up(job)
                job.failed(UnavailableError(reasons))

    def _heard(self, kind: int | None) -> None:
        self._news += 1
        self.failed |= kind == WORK_FAIL
        self.troubled |= kind == WORK_EXCEPTION

    def _complain(self, text: str) -> None:
        self.troubled = True
        self._output.complain(text)


def reason(link: ClientLink) -> str:
    """Why there is no connection."""
    error = link.error
    return (isinstance(error, OSError) and error.strerror) or str(error)
