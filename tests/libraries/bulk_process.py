"""A client without sockets, told the same random things with either codec; prints what it makes of them."""

from __future__ import annotations

import random
import sys
from functools import partial

from gearfast.client import requests
from gearfast.client.bulk import make_jobs
from gearfast.client.core import ClientCore
from gearfast.client.job import Job
from gearfast.client.submission import submission
from gearfast.errors import ProtocolError
from gearfast.links.addresses import Address
from gearfast.links.backoff import Backoff
from gearfast.protocol import packets
from gearfast.protocol.codec import pack
from gearfast.protocol.parser import Parser
from gearfast.serializers import BYTES

LASTS = (packets.WORK_COMPLETE, packets.WORK_FAIL, packets.WORK_EXCEPTION)
PARTS = (packets.WORK_DATA, packets.WORK_WARNING)


class Story:
    """One client, one server, and what they say to each other."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.core = ClientCore([Address("server", 4730)], "failover", 60.0, Backoff(), exceptions=False)
        self.link = self.core.links[0]
        self.jobs: list[Job] = []
        self.shown: dict[Job, object] = {}
        self.now = 0.0
        self._open()

    def tell(self) -> None:
        steps = (self._submit, self._submit, self._answer, self._answer, self._work, self._work, self._ask)
        for _ in range(60):
            self.now += 1.0
            self.chance.choice(steps)()
            self._hear()
            if self.chance.random() < 0.02:
                self._break()
            for job in self.jobs:
                self._show(job)

    def _show(self, job: Job) -> None:
        """If it is another than before."""
        now = seen(job)
        if self.shown.get(job) != now:
            self.shown[job] = now
            print(self.jobs.index(job), now)

    def _open(self) -> None:
        self.asked: list[bool] = []  # of each unanswered request: is it an echo?
        self.backgrounds: list[bool] = []
        self.handles: dict[bytes, int] = {}  # how many wait for the job of this handle
        self.said = bytearray()
        self.parser = Parser(requests=True)
        self.link.wanted = True
        self.link.connecting()
        self.link.opened(self.now)
        self._hear()

    def _submit(self) -> None:
        background = self.chance.random() < 0.3
        retries = 0 if background else self.chance.choice((0, 0, 1))
        asked = submission(
            "f", background=background, retries=retries, reducer=self.chance.choice((None, "r"))
        )
        items: list[object] = [b"", b"x" * self.chance.randrange(40), bytearray(b"y\0z")]
        if self.chance.random() < 0.2:
            items.insert(self.chance.randrange(3), "text")
        made: list[Job] = []
        try:
            make_jobs(made, Job, asked, BYTES, None, items)
        except TypeError as error:
            print("refused:", error)
        if made:
            self.core.submit_all(made, self.now)
        self.jobs += made
        for job in made:
            if self.chance.random() < 0.5:
                job.on_change(partial(self._changed, job))

    def _changed(self, job: Job) -> None:
        print("changed", self.jobs.index(job))

    def _ask(self) -> None:
        self.core.submit(requests.echo(b"here"), self.now)

    def _hear(self) -> None:
        """What the client sends."""
        output, self.link.output = bytes(self.link.output), bytearray()
        print(output)
        for kind, _ in self.parser.feed(output):
            self.asked.append(kind == packets.ECHO_REQ)
            self.backgrounds.append(kind in (packets.SUBMIT_JOB_BG, packets.SUBMIT_REDUCE_JOB_BACKGROUND))

    def _answer(self) -> None:
        said = b""
        for _ in range(self.chance.randrange(8)):
            if not self.asked:
                break
            echo, background = self.asked.pop(0), self.backgrounds.pop(0)
            said += pack(False, packets.ECHO_RES, b"here") if echo else self._verdict(background)
            said += self._report() if self.chance.random() < 0.3 else b""
        self._say(said)

    def _verdict(self, background: bool) -> bytes:
        if self.chance.random() < 0.1:
            return pack(False, packets.ERROR, b"QUEUE_FULL", b"no room")
        handle = b"H:%d" % self.chance.randrange(10**9)
        if not background:
            if self.handles and self.chance.random() < 0.3:
                handle = self.chance.choice(list(self.handles))
            self.handles[handle] = self.handles.get(handle, 0) + 1
        return pack(False, packets.JOB_CREATED, handle)

    def _work(self) -> None:
        self._say(b"".join(self._report() for _ in range(self.chance.randrange(5))))

    def _report(self) -> bytes:
        """One packet for each who waits for the job; perhaps of a job that is unknown."""
        if not self.handles or self.chance.random() < 0.05:
            return pack(False, packets.WORK_COMPLETE, b"H:unknown", b"")
        handle = self.chance.choice(list(self.handles))
        kind = self.chance.choice((*LASTS, packets.WORK_COMPLETE, *PARTS, packets.WORK_STATUS))
        waiting = self.handles.pop(handle) if kind in LASTS else self.handles[handle]
        more = {packets.WORK_FAIL: (), packets.WORK_STATUS: (b"1", b"2")}.get(kind, (b"some\0thing",))
        return pack(False, kind, handle, *more) * waiting

    def _say(self, said: bytes) -> None:
        """In pieces, however they fall."""
        cut = self.chance.randrange(len(said) + 1)
        for piece in (said[:cut], said[cut:]):
            if piece:
                self.link.receive(piece, self.now)

    def _break(self) -> None:
        try:
            self.link.receive(pack(False, packets.NOOP), self.now)
        except ProtocolError as error:
            print(error)
            self.link.closed(self.now, error)
        self._open()


def seen(job: Job) -> tuple[object, ...]:
    """All that there is to see of a job."""
    outcome = None if job.error or job.background or not job.settled else job.outcome()
    state = job.handle, job.accepted, job.settled, f"{type(job.error).__name__}: {job.error}", outcome
    home = job.home and str(job.home.address)
    return *state, job.progress, job.event_count, job.packet, home, job.place_by, job.submission.retries


for each in range(int(sys.argv[1])):
    Story(each).tell()
