"""The workers of the load: they sleep, are woken, run jobs in every way there is, and sometimes vanish."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from time import monotonic
from typing import NamedTuple

from tests.protocol.wire import (
    CAN_DO,
    CAN_DO_TIMEOUT,
    CANT_DO,
    ERROR,
    GRAB_JOB,
    GRAB_JOB_ALL,
    GRAB_JOB_UNIQ,
    JOB_ASSIGN,
    JOB_ASSIGN_UNIQ,
    NO_JOB,
    NOOP,
    PRE_SLEEP,
    RESET_ABILITIES,
    WORK_COMPLETE,
    WORK_DATA,
    WORK_EXCEPTION,
    WORK_FAIL,
    WORK_STATUS,
    WORK_WARNING,
    Packet,
    req,
)
from tests.support.load import payload
from tests.support.load.ledger import Ledger, Outcome
from tests.support.load.link import Link

TIMEOUT_MS = 1000
OVERSTAY_SECONDS = 1.5
OVERSTAY_CHANCE = 0.002


class Gone(Exception):  # noqa: N818 - nothing is wrong
    """The worker has left its connection."""


class Job(NamedTuple):
    """A job in this worker's hands."""

    handle: bytes
    function: bytes
    data: bytes
    since: float


class Verdict(NamedTuple):
    """What the server will say to a result: an ERROR if the job is not this worker's any more."""

    number: int
    place: int  # in the ledger
    is_ours: bool  # when the packets were sent


def job_number(handle: bytes) -> int:
    """What the ledger knows the job by."""
    return int(handle.rpartition(b":")[2])


def assigned(packet: Packet) -> Job:
    """The job of a JOB_ASSIGN or JOB_ASSIGN_UNIQ."""
    fields = {JOB_ASSIGN: 2, JOB_ASSIGN_UNIQ: 3}[packet.kind]
    handle, function, *_, data = packet.body.split(b"\0", fields)
    assert payload.is_whole(data), f"the workload of {handle!r} is damaged"
    return Job(handle, function, data, monotonic())


class Worker:
    """Works on one connection after the other until it is cancelled; cancel it only while no job is left."""

    def __init__(
        self, port: int, functions: list[bytes], timed: set[bytes], ledger: Ledger, chance: random.Random
    ) -> None:
        self._port, self._functions, self._timed = port, functions, timed
        self._ledger, self._chance = ledger, chance
        self._verdict: Verdict | None = None
        self._ways: dict[Callable[[Link, Job], bytes], int] = {
            self._complete: 80,
            self._complete_in_pieces: 8,
            self._fail: 3,
            self._throw: 3,
            self._give_back: 2,
            self._vanish_before: 2,
            self._vanish_after: 2,
        }

    async def run(self) -> None:
        """Never ends by itself."""
        while True:
            async with await Link.open(self._port) as link:
                try:
                    await self._serve(link)
                except Gone:
                    self._ledger.counts["workers vanished"] += 1

    async def _serve(self, link: Link) -> None:
        """The result of a job and the question for the next one go out together, as libgearman sends them."""
        said = b"".join(map(self._registration, self._functions))
        while True:
            link.send(said, req(self._chance.choice([GRAB_JOB, GRAB_JOB_UNIQ, GRAB_JOB_ALL])))
            packet = await self._answer(link)
            if packet.kind == NO_JOB:
                link.send(req(PRE_SLEEP))
                await link.receive_kind(NOOP)
                self._ledger.counts["wake-ups"] += 1
                said = b""
            else:
                said = await self._run_job(link, assigned(packet))

    def _registration(self, function: bytes) -> bytes:
        if function in self._timed:
            return req(CAN_DO_TIMEOUT, function, b"%d" % TIMEOUT_MS)
        return req(CAN_DO, function)

    async def _answer(self, link: Link) -> Packet:
        """What comes in answer to a grab; the ERRORs in front of it are about the last job."""
        errors = 0
        while (packet := await link.receive_reply()).kind == ERROR:
            errors += 1
        if self._verdict is not None:
            self._settle(self._verdict, errors)
        else:
            assert errors == 0, f"{packet} where no error was due"
        self._verdict = None
        return packet

    def _settle(self, verdict: Verdict, errors: int) -> None:
        if verdict.is_ours:
            outcome = Outcome.REFUSED if errors else Outcome.DONE
            self._ledger.revise(verdict.number, verdict.place, outcome)
            self._ledger.counts["results refused" if errors else "jobs done"] += 1
        else:
            assert errors == 1, f"{errors} errors for the result of a job that was given back"

    async def _run_job(self, link: Link, job: Job) -> bytes:
        """Returns what is to be said about it."""
        if job.function in self._timed and self._chance.random() < OVERSTAY_CHANCE:
            self._ledger.counts["overstayed"] += 1
            await asyncio.sleep(OVERSTAY_SECONDS)
        [way] = self._chance.choices(list(self._ways), list(self._ways.values()))
        return way(link, job)

    def _note(self, job: Job, outcome: Outcome) -> int:
        timed = job.function in self._timed
        return self._ledger.hold(job_number(job.handle), job.since, outcome, timed=timed)

    def _expect_verdict(self, job: Job) -> None:
        self._verdict = Verdict(job_number(job.handle), self._note(job, Outcome.UNKNOWN), is_ours=True)

    def _complete(self, _: Link, job: Job) -> bytes:
        self._expect_verdict(job)
        return req(WORK_COMPLETE, job.handle, job.data)

    def _complete_in_pieces(self, _: Link, job: Job) -> bytes:
        self._expect_verdict(job)
        middle = len(job.data) // 2
        return (
            req(WORK_STATUS, job.handle, b"1", b"2")
            + req(WORK_WARNING, job.handle, b"")
            + req(WORK_DATA, job.handle, job.data[:middle])
            + req(WORK_DATA, job.handle, job.data[middle:])
            + req(WORK_COMPLETE, job.handle, job.data)
        )

    def _fail(self, _: Link, job: Job) -> bytes:
        self._expect_verdict(job)
        return req(WORK_FAIL, job.handle)

    def _throw(self, _: Link, job: Job) -> bytes:
        self._expect_verdict(job)
        return req(WORK_EXCEPTION, job.handle, b"thrown")

    def _give_back(self, _: Link, job: Job) -> bytes:
        """The job waits again; a late result is refused."""
        place = self._note(job, Outcome.GIVEN_UP)
        self._verdict = Verdict(job_number(job.handle), place, is_ours=False)
        result = req(WORK_COMPLETE, job.handle, job.data)
        if self._chance.random() < 0.5:
            return req(CANT_DO, job.function) + result + self._registration(job.function)
        return req(RESET_ABILITIES) + result + b"".join(map(self._registration, self._functions))

    def _vanish_before(self, link: Link, job: Job) -> bytes:
        self._note(job, Outcome.GIVEN_UP)
        link.vanish(self._chance)
        raise Gone

    def _vanish_after(self, link: Link, job: Job) -> bytes:
        """Whether the result still arrives is open."""
        self._note(job, Outcome.UNKNOWN)
        link.send(req(WORK_COMPLETE, job.handle, job.data))
        link.vanish(self._chance)
        raise Gone
