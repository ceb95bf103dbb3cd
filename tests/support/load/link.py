"""One connection of the load: packets and text lines over asyncio, and the ways in which a peer vanishes."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from types import TracebackType

from tests.protocol.wire import ERROR, HEADER, NOOP, RESPONSE, Packet

LOOPBACK = "127.0.0.1"
LINGER_NONE = struct.pack("ii", 1, 0)


class Link:
    """A connection to the server; use it with `async with`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, port: int) -> Link:
        return cls(*await asyncio.open_connection(LOOPBACK, port))

    async def __aenter__(self) -> Link:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._writer.close()

    def send(self, *packets: bytes) -> None:
        """All packets in one write."""
        self._writer.write(b"".join(packets))

    async def flush(self) -> None:
        """Wait while much is still to be written."""
        await self._writer.drain()

    async def receive(self) -> Packet:
        """The next packet; it has to come from a server."""
        magic, kind, size = HEADER.unpack(await self._reader.readexactly(HEADER.size))
        assert magic == RESPONSE, f"no response: {magic!r}"
        return Packet(magic, kind, await self._reader.readexactly(size))

    async def receive_kind(self, kind: int) -> Packet:
        """The next packet, which has to be of this kind."""
        packet = await self.receive()
        assert packet.kind == kind, f"expected packet type {kind}, got {packet}"
        return packet

    async def receive_reply(self) -> Packet:
        """The next packet that is no NOOP: one may cross with a request."""
        while (packet := await self.receive()).kind == NOOP:
            pass
        return packet

    async def receive_error(self) -> None:
        await self.receive_kind(ERROR)

    async def ask(self, line: bytes) -> bytes:
        """The one-line answer to a text command."""
        self.send(line + b"\n")
        return await self.receive_line()

    async def receive_line(self) -> bytes:
        return await self._reader.readline()

    async def ask_table(self, line: bytes) -> list[bytes]:
        """The rows of the listing that answers a text command."""
        self.send(line + b"\n")
        rows = []
        while (row := await self.receive_line()) != b".\n":
            assert row.endswith(b"\n"), f"the listing ends with {row!r}"
            rows.append(row[:-1])
        return rows

    async def receive_rest(self) -> bytes:
        """All that comes until the server closes."""
        try:
            return await self._reader.read()
        except ConnectionResetError:
            return b""

    def close(self) -> None:
        """Say goodbye; what was sent is still delivered."""
        self._writer.close()

    def half_close(self) -> None:
        """Nothing more will be sent."""
        self._writer.write_eof()

    def reset(self) -> None:
        """Vanish as if the machine had died, and leave nothing to be delivered."""
        found: socket.socket = self._writer.get_extra_info("socket")
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NONE)
        self._writer.transport.abort()

    def vanish(self, chance: random.Random) -> None:
        """Go away without a word, one way or the other."""
        chance.choice([self.close, self.reset])()
