"""A proxy before a job server that tells one lie: it changes, repeats or drops one packet of the server's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

from tests.protocol.wire import HEADER, RESPONSE

LOOPBACK = "127.0.0.1"
CHUNK = 1 << 16

Change = Callable[[bytes, bytes], bytes]
"""From the packet and the one of its kind before it to what the peer gets."""


def drop(packet: bytes, before: bytes) -> bytes:
    return b""


def repeat(packet: bytes, before: bytes) -> bytes:
    return packet * 2


def put_the_one_before(packet: bytes, before: bytes) -> bytes:
    return before


def change_at(position: int) -> Change:
    """Another byte at this place of the body."""

    def change(packet: bytes, before: bytes) -> bytes:
        place = position % (len(packet) - HEADER.size) + HEADER.size
        return packet[:place] + bytes([packet[place] ^ 1]) + packet[place + 1 :]

    return change


def put(other: bytes) -> Change:
    """Something else instead."""
    return lambda packet, before: other


class Lie:
    """What happens to the `turn`-th packet of this kind, counted from 1 over all connections."""

    def __init__(self, kind: int, change: Change, turn: int = 20) -> None:
        self._kind, self._change, self._turn = kind, change, turn
        self._seen = 0
        self._before = b""

    def told(self, kind: int, packet: bytes) -> bytes:
        """What the peer gets for a packet of the server."""
        if kind != self._kind:
            return packet
        self._seen += 1
        before, self._before = self._before, packet
        return self._change(packet, before) if self._seen == self._turn else packet


async def _pass_requests(client: asyncio.StreamReader, server: asyncio.StreamWriter) -> None:
    while data := await client.read(CHUNK):
        server.write(data)
        await server.drain()


async def _pass_answers(server: asyncio.StreamReader, client: asyncio.StreamWriter, lie: Lie) -> None:
    while True:
        head = await server.readexactly(HEADER.size)
        magic, kind, size = HEADER.unpack(head)
        assert magic == RESPONSE
        client.write(lie.told(kind, head + await server.readexactly(size)))
        await client.drain()


async def _until_either_ends(*passing: Coroutine[Any, Any, None]) -> None:
    """However that happens: by an end, a reset, or in the middle of a packet."""
    tasks = [asyncio.ensure_future(coroutine) for coroutine in passing]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    for ended in await asyncio.gather(*tasks, return_exceptions=True):
        if not isinstance(ended, (asyncio.CancelledError, EOFError, ConnectionError, type(None))):
            raise ended


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


@asynccontextmanager
async def lying_proxy(port: int, lie: Lie) -> AsyncIterator[int]:
    """The port of a proxy before the server on `port`; its peers must be gone when the block is left."""
    relays: list[asyncio.Task[None]] = []

    async def relay(client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        server, to_server = await asyncio.open_connection(LOOPBACK, port)
        await _until_either_ends(_pass_requests(client, to_server), _pass_answers(server, to_client, lie))
        await _close(to_server)
        await _close(to_client)

    def begin(client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        relays.append(asyncio.ensure_future(relay(client, to_client)))

    async with await asyncio.start_server(begin, LOOPBACK, 0) as proxy:
        yield proxy.sockets[0].getsockname()[1]
    await asyncio.gather(*relays)
