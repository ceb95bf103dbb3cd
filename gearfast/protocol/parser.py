"""Bytes in, packets out, however the network cut them."""

from __future__ import annotations

from gearfast.protocol.codec import PacketError, split
from gearfast.protocol.packets import HEADER_SIZE

Packet = tuple[int, tuple[bytes, ...]]
"""Type and arguments; a line of the text protocol is of type TEXT_LINE and has itself as its argument."""


class Parser:
    """Collects what one peer sends. `broken` tells why it can't be parsed any further, None while it can."""

    def __init__(self, *, requests: bool = False) -> None:
        """Parse what a server sends, or with `requests` what it receives."""
        self.broken: PacketError | None = None
        self._requests = requests
        self._rest = bytearray()
        self._wanted = 0

    def feed(self, data: bytes) -> list[Packet]:
        """The packets that these bytes complete. What follows bytes that are no packet is not looked at."""
        if self._rest:
            self._rest += data
            if len(self._rest) < self._wanted:
                return []
            data = bytes(self._rest)
        if self.broken is not None:
            return []
        packets, used, self.broken = split(self._requests, data)
        self._keep(data[used:] if used else data)
        return packets

    def _keep(self, rest: bytes) -> None:
        """Remember how long the packet will be: a large one is looked at once, not with every piece."""
        self._rest = bytearray(rest)
        self._wanted = 0
        if len(rest) >= HEADER_SIZE and not rest[0]:
            self._wanted = HEADER_SIZE + int.from_bytes(rest[8:12], "big")
