"""The peers of the load that behave badly, and the administrator who watches."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

from tests.protocol.wire import (
    ALL_YOURS,
    CAN_DO,
    CAN_DO_TIMEOUT,
    ECHO_REQ,
    ECHO_RES,
    GRAB_JOB,
    HEADER,
    JOB_CREATED,
    NOOP,
    PRE_SLEEP,
    REQUEST,
    SUBMIT_JOB,
    SUBMIT_JOB_BG,
    SUBMIT_JOB_LOW,
    WORK_COMPLETE,
    WORK_FAIL,
    WORK_STATUS,
    req,
    res,
)
from tests.support.load import payload
from tests.support.load.clients import BACKGROUND, FINAL, FOREGROUND, some_workload
from tests.support.load.ledger import Ledger
from tests.support.load.link import Link

# Answered with one ERROR, and the next packet as usual.
ANSWERED_BADLY = (
    req(NOOP),
    req(ALL_YOURS),
    res(ECHO_REQ, b"wrong magic for a request"),
    res(SUBMIT_JOB_BG, b"f", b"", b""),
    req(SUBMIT_JOB, b"f", b"u" * 65, b""),
    req(WORK_COMPLETE, b"H:nobody:1", b""),
    req(WORK_FAIL, b"h" * 100),
    req(CAN_DO_TIMEOUT, b"f", b"9" * 30),
)
# The framing is lost: an ERROR, in text to text, then the end.
CLOSED = (
    b"\0BAD" + bytes(8),
    HEADER.pack(REQUEST, 0, 0),
    HEADER.pack(REQUEST, 43, 0),
    HEADER.pack(REQUEST, 0x80000000, 0),
    req(SUBMIT_JOB, b"no terminator"),
    req(WORK_STATUS, b"H:nobody:1", b"1"),
    b"x" * 9000,
)
UNFINISHED = (
    b"",
    b"\0",
    b"\0REQ\0\0",
    b"stat",
    HEADER.pack(REQUEST, SUBMIT_JOB, 20000),
    HEADER.pack(REQUEST, ECHO_REQ, 1 << 20) + bytes(3000),
    HEADER.pack(REQUEST, CAN_DO, 5) + b"f",
)


class Vanisher:
    """Opens connections, starts everything there is to start, and is gone."""

    def __init__(self, port: int, functions: list[bytes], ledger: Ledger, chance: random.Random) -> None:
        self._port, self._functions = port, functions
        self._ledger, self._chance = ledger, chance

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            async with await Link.open(self._port) as link:
                await self._wait_for_workers(link)
                link.send(b"".join(self._packets()), self._chance.choice(UNFINISHED))
                await self._part(link)
            self._ledger.counts["clients vanished"] += 1

    async def _wait_for_workers(self, link: Link) -> None:
        """A job that is last in its queue: without it the jobs of the vanished would pile up."""
        data = payload.workload(0, 0)
        link.send(req(SUBMIT_JOB_LOW, self._chance.choice(self._functions), b"", data))
        while (await link.receive()).kind not in FINAL:
            pass

    def _packets(self) -> list[bytes]:
        makers = [self._submit, self._submit, self._register, self._grab, self._sleep, self._echo]
        return [self._chance.choice(makers)() for _ in range(self._chance.randint(0, 30))]

    async def _part(self, link: Link) -> None:
        """Of those that half close, some listen to the end."""
        way = self._chance.randrange(4)
        if way == 0:
            link.half_close()
            await link.receive_rest()
        elif way == 1:
            link.half_close()
        else:
            link.vanish(self._chance)

    def _submit(self) -> bytes:
        unique = self._chance.choice([b"", b"shared %d" % self._chance.randrange(40)])
        data = payload.for_unique(unique) if unique else some_workload(self._chance, 40000)
        kind = self._chance.choice(FOREGROUND + BACKGROUND)
        return req(kind, self._chance.choice(self._functions), unique, data)

    def _register(self) -> bytes:
        return req(CAN_DO, self._chance.choice(self._functions))

    def _grab(self) -> bytes:
        return req(GRAB_JOB)

    def _sleep(self) -> bytes:
        return req(PRE_SLEEP)

    def _echo(self) -> bytes:
        return req(ECHO_REQ, some_workload(self._chance, 100000))


class Vandal:
    """Sends what is no valid packet, and checks that it is answered as such."""

    def __init__(self, port: int, ledger: Ledger, chance: random.Random) -> None:
        self._port, self._ledger, self._chance = port, ledger, chance

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            async with await Link.open(self._port) as link:
                for _ in range(self._chance.randint(1, 20)):
                    await self._provoke(link)
                link.send(self._chance.choice(CLOSED))
                rest = await link.receive_rest()
                assert rest.startswith((b"\0RES\0\0\0\x13", b"ERR ")), f"answered with {rest!r}"
            self._ledger.counts["errors provoked"] += 1

    async def _provoke(self, link: Link) -> None:
        data = some_workload(self._chance, 2000)
        link.send(self._chance.choice(ANSWERED_BADLY), req(ECHO_REQ, data))
        await link.receive_error()
        assert (await link.receive_kind(ECHO_RES)).body == data


class Administrator:
    """Asks for every listing, and runs a function of its own that no worker knows."""

    def __init__(self, port: int, name: bytes, ledger: Ledger, chance: random.Random) -> None:
        self._port, self._name, self._ledger, self._chance = port, name, ledger, chance

    async def run(self, stop: asyncio.Event) -> None:
        tasks: list[Callable[[Link], Awaitable[None]]]
        tasks = [self._read_tables, self._cancel, self._drop, self._limit, self._ask]
        async with await Link.open(self._port) as link:
            while not stop.is_set():
                await self._chance.choice(tasks)(link)
                self._ledger.counts["administered"] += 1

    async def _read_tables(self, link: Link) -> None:
        for row in await link.ask_table(b"status"):
            _, total, running, _ = row.split(b"\t")
            assert 0 <= int(running) <= int(total) < 1 << 31
        for row in await link.ask_table(b"prioritystatus"):
            assert row.count(b"\t") == 4
        for row in await link.ask_table(b"workers"):
            assert b" 127.0.0.1 " in row
        for row in await link.ask_table(b"show jobs"):
            assert row.count(b"\t") == 3
        await link.ask_table(b"show unique jobs")

    async def _cancel(self, link: Link) -> None:
        link.send(req(SUBMIT_JOB_LOW, self._name, b"", b"data"))
        handle = (await link.receive_kind(JOB_CREATED)).body
        link.send(b"cancel job " + handle + b"\n")
        assert (await link.receive_kind(WORK_FAIL)).body == handle
        assert await link.receive_line() == b"OK\r\n"
        assert await link.ask(b"cancel job " + handle) == b"ERR UNKNOWN_JOB\r\n"

    async def _drop(self, link: Link) -> None:
        link.send(*(req(SUBMIT_JOB_BG, self._name, b"", b"data") for _ in range(5)))
        for _ in range(5):
            await link.receive_kind(JOB_CREATED)
        assert await link.ask(b"drop function " + self._name) == b"OK\r\n"
        assert await link.ask(b"create function " + self._name) == b"OK\r\n"

    async def _limit(self, link: Link) -> None:
        assert await link.ask(b"create function " + self._name) == b"OK\r\n"
        assert await link.ask(b"maxqueue " + self._name + b" 1") == b"OK\r\n"
        link.send(*(req(SUBMIT_JOB_BG, self._name, b"", b"data") for _ in range(2)))
        await link.receive_kind(JOB_CREATED)
        await link.receive_error()
        assert await link.ask(b"drop function " + self._name) == b"OK\r\n"

    async def _ask(self, link: Link) -> None:
        assert int((await link.ask(b"getpid")).split()[1]) > 1
        assert await link.ask(b"no such command") == b"ERR UNKNOWN_COMMAND Unknown+server+commandno\r\n"
