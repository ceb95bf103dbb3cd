"""A client's connection to one server: which answer belongs to which question, which packet to which job."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gearfast.client import requests
from gearfast.client.bulk import settle
from gearfast.client.jobs import JobRecord
from gearfast.client.requests import Request
from gearfast.errors import ProtocolError
from gearfast.links.addresses import Address
from gearfast.links.backoff import Backoff
from gearfast.links.link import Link
from gearfast.protocol.packets import (
    JOB_CREATED,
    WORK_COMPLETE,
    WORK_DATA,
    WORK_EXCEPTION,
    WORK_FAIL,
    WORK_STATUS,
    WORK_WARNING,
)
from gearfast.protocol.parser import Packet

if TYPE_CHECKING:
    from gearfast.client.core import ClientCore

_OF_JOBS = frozenset((WORK_COMPLETE, WORK_DATA, WORK_EXCEPTION, WORK_FAIL, WORK_STATUS, WORK_WARNING))


class Sharers:
    """Jobs of one handle on one connection: the server sends each packet once for each of them, in a row."""

    def __init__(self, jobs: list[JobRecord]) -> None:
        self.jobs = jobs
        self._turn = 0

    def join(self, job: JobRecord) -> None:
        """One more; it can't come in the middle of a row."""
        self.jobs.append(job)
        self._turn = 0

    def next(self) -> JobRecord:
        """Whose packet this is."""
        self._turn %= len(self.jobs)
        job = self.jobs[self._turn]
        self._turn += 1
        return job

    def leave(self, job: JobRecord) -> None:
        """Its last packet came; the next one is for its successor."""
        self._turn = self.jobs.index(job)
        self.jobs.remove(job)


class ClientLink(Link):
    """Requests are answered in the order they were sent; packets about jobs name the handle."""

    def __init__(self, core: ClientCore, address: Address, backoff: Backoff) -> None:
        super().__init__(address, backoff)
        self._core = core
        self._unanswered: deque[Request] = deque()
        self._jobs: dict[bytes, JobRecord | Sharers] = {}

    @property
    def unanswered(self) -> int:
        """How many requests wait for their answers."""
        return len(self._unanswered)

    def silent_since(self) -> float:
        """Since when an answer is due, on the monotonic clock; infinity when none is."""
        return self.moved_at if self._unanswered else float("inf")

    def send(self, request: Request, now: float) -> None:
        """Send a request; the link is open."""
        if not self._unanswered:
            self.moved_at = now
        self._unanswered.append(request)
        self.output += request.packet

    def send_all(self, jobs: Sequence[JobRecord], now: float) -> None:
        """Send at least one job; the link is open."""
        if not self._unanswered:
            self.moved_at = now
        self._unanswered.extend(jobs)
        self.output += b"".join([job.packet for job in jobs])

    def on_open(self, now: float) -> None:
        if self._core.exceptions:
            self.send(requests.exceptions(), now)
        self._core.place_waiting(now)

    def on_packets(self, packets: list[Packet], now: float) -> None:
        at = 0
        while (at := settle(packets, at, self, self._unanswered, self._jobs)) < len(packets):
            kind, arguments = packets[at]
            if kind in _OF_JOBS:
                self._report(kind, arguments, now)
            else:
                self._answer(kind, arguments)
            at += 1

    def on_close(self, was_open: bool, now: float) -> None:
        unanswered, self._unanswered = self._unanswered, deque()
        jobs, self._jobs = self._jobs, {}
        for job in jobs.values():
            for each in job.jobs if isinstance(job, Sharers) else [job]:
                each.lost(self.error)
        self._core.place_again(unanswered, self, now)

    def attach(self, handle: bytes, job: JobRecord) -> None:
        """The job has this handle, which it may share."""
        present = self._jobs.get(handle)
        if present is None:
            self._jobs[handle] = job
        elif isinstance(present, Sharers):
            present.join(job)
        else:
            self._jobs[handle] = Sharers([present, job])

    def _answer(self, kind: int, arguments: tuple[bytes, ...]) -> None:
        request = self._unanswered.popleft() if self._unanswered else None
        if request is None or not request.answered(self, kind, arguments):
            if request is not None:
                self._unanswered.appendleft(request)
            raise ProtocolError(f"{self.address} sent a packet of type {kind} that answers nothing")
        if kind == JOB_CREATED and not request.settled:
            assert isinstance(request, JobRecord)
            self.attach(arguments[0], request)

    def _report(self, kind: int, arguments: tuple[bytes, ...], now: float) -> None:
        handle = arguments[0]
        job = self._jobs.get(handle)
        if job is None and kind == WORK_FAIL:
            # gearmand ends the handle with a NUL when it makes a failure of an exception.
            handle = handle.rstrip(b"\0")
            job = self._jobs.get(handle)
        if job is None:
            return  # of a job that has ended already: servers may tell more of a cancelled one
        shared, job = (job, job.next()) if isinstance(job, Sharers) else (None, job)
        if not job.reported(kind, arguments):
            return
        if shared is not None:
            shared.leave(job)
        if shared is None or not shared.jobs:
            del self._jobs[handle]
        if job.error is not None and job.try_again():
            self._core.submit(job, now)
