"""The clients of the load that wait for what they submitted."""

from __future__ import annotations

import asyncio
import random
from collections import Counter, deque

from tests.protocol.wire import (
    JOB_CREATED,
    OPTION_REQ,
    SUBMIT_JOB,
    SUBMIT_JOB_BG,
    SUBMIT_JOB_HIGH,
    SUBMIT_JOB_HIGH_BG,
    SUBMIT_JOB_LOW,
    SUBMIT_JOB_LOW_BG,
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
from tests.support.load.ledger import Ledger
from tests.support.load.link import Link
from tests.support.load.workers import job_number

FOREGROUND = (SUBMIT_JOB, SUBMIT_JOB_HIGH, SUBMIT_JOB_LOW)
BACKGROUND = (SUBMIT_JOB_BG, SUBMIT_JOB_HIGH_BG, SUBMIT_JOB_LOW_BG)
ON_THE_WAY = (WORK_DATA, WORK_STATUS, WORK_WARNING)
FINAL = (WORK_COMPLETE, WORK_FAIL, WORK_EXCEPTION)

UNIQUES = 40
MOST_AT_ONCE = 12
MOST_IN_BATCH = 400


class Foreground:
    """Submits and waits: one JOB_CREATED and one final packet for each submit, and the right result."""

    def __init__(self, port: int, functions: list[bytes], ledger: Ledger, chance: random.Random) -> None:
        self._port, self._functions = port, functions
        self._ledger, self._chance = ledger, chance
        self._wants_exceptions = chance.random() < 0.5
        self._submitted: deque[bytes] = deque()  # workloads without JOB_CREATED
        self._waiting: Counter[bytes] = Counter()  # handles without final packet
        self._workloads: dict[bytes, bytes] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Ends when nothing submitted is open."""
        async with await Link.open(self._port) as link:
            if self._wants_exceptions:
                link.send(req(OPTION_REQ, b"exceptions"))
                await link.receive()
            while not stop.is_set():
                for _ in range(self._chance.randint(1, MOST_AT_ONCE)):
                    self._submit(link)
                while self._submitted or self._waiting:
                    self._take(await link.receive())

    def _submit(self, link: Link) -> None:
        unique = b""
        if self._chance.random() < 0.3:
            unique = b"shared %d" % self._chance.randrange(UNIQUES)
            data = payload.for_unique(unique)
        else:
            data = some_workload(self._chance, payload.LARGEST if self._chance.random() < 0.05 else 512)
        link.send(req(self._chance.choice(FOREGROUND), self._chance.choice(self._functions), unique, data))
        self._submitted.append(data)

    def _take(self, packet: Packet) -> None:
        handle = packet.body.partition(b"\0")[0]
        if packet.kind == JOB_CREATED:
            self._waiting[handle] += 1
            self._workloads[handle] = self._submitted.popleft()
            return
        assert self._waiting[handle] > 0, f"{packet} of a job that is not open"
        if packet.kind in FINAL:
            self._take_final(packet, handle)
        else:
            assert packet.kind in ON_THE_WAY, f"unexpected {packet}"

    def _take_final(self, packet: Packet, handle: bytes) -> None:
        self._waiting[handle] -= 1
        if packet.kind == WORK_COMPLETE:
            assert packet.body == handle + b"\0" + self._workloads[handle], f"wrong result of {handle!r}"
        assert packet.kind != WORK_EXCEPTION or self._wants_exceptions
        self._ledger.foreground.add(job_number(handle))
        self._ledger.counts["foreground"] += 1
        if self._waiting[handle] == 0:
            del self._waiting[handle], self._workloads[handle]


class Pipeliner:
    """Submits background jobs in large batches, and reads nothing before a batch is written.

    A foreground job of low priority ends each batch: its result comes when the workers have caught up.
    """

    def __init__(self, port: int, functions: list[bytes], ledger: Ledger, chance: random.Random) -> None:
        self._port, self._functions = port, functions
        self._ledger, self._chance = ledger, chance

    async def run(self, stop: asyncio.Event) -> None:
        async with await Link.open(self._port) as link:
            while not stop.is_set():
                function = self._chance.choice(self._functions)
                count = self._chance.randint(1, MOST_IN_BATCH)
                last = req(SUBMIT_JOB_LOW, function, b"", payload.workload(count, 0))
                link.send(*(self._packet(function) for _ in range(count)), last)
                await link.flush()
                await self._receive_batch(link, count)

    def _packet(self, function: bytes) -> bytes:
        unique = b""
        data = some_workload(self._chance, 256)
        way = self._chance.random()
        if way < 0.3:
            unique = b"batch %d" % self._chance.randrange(UNIQUES)
            data = payload.for_unique(unique)
        elif way < 0.4:
            unique = b"-"
        return req(self._chance.choice(BACKGROUND), function, unique, data)

    async def _receive_batch(self, link: Link, count: int) -> None:
        for _ in range(count):
            created = await link.receive_kind(JOB_CREATED)
            self._ledger.background.add(job_number(created.body))
        self._ledger.counts["background"] += count
        last = (await link.receive_kind(JOB_CREATED)).body
        while (packet := await link.receive()).kind not in FINAL:
            assert packet.kind in ON_THE_WAY, f"unexpected {packet}"
        assert packet.body.partition(b"\0")[0] == last, f"{packet} instead of the result of {last!r}"
        self._ledger.foreground.add(job_number(last))


def some_workload(chance: random.Random, largest: int) -> bytes:
    return payload.workload(chance.getrandbits(32), payload.some_size(chance, largest))
