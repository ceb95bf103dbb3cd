"""The connection to one server over its whole life, without the socket: what to send, what came, when to
connect.

Whoever has the socket asks `due`, says `connecting`, `opened`, `receive`, `closed`, and sends `output`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from enum import Enum, auto
from typing import Final

from gearfast.errors import AnswerTimeoutError, ProtocolError
from gearfast.links.addresses import Address
from gearfast.links.backoff import Backoff
from gearfast.protocol.parser import Packet, Parser

NEVER: Final = float("inf")
"""A deadline that does not come, on the monotonic clock."""


class State(Enum):
    """`IDLE`: no connection; `CONNECTING`: one is being made; `OPEN`: packets go to and fro."""

    IDLE = auto()
    CONNECTING = auto()
    OPEN = auto()


class Link(ABC):
    """One server. `wanted` asks for a connection, `output` waits to be sent, `error` is why the last one
    ended.

    `moved_at` is when a byte went to or fro last, on the monotonic clock.
    """

    def __init__(self, address: Address, backoff: Backoff) -> None:
        self.address = address
        self.state = State.IDLE
        self.wanted = False
        self.output = bytearray()
        self.error: BaseException | None = None
        self.failures = 0
        self.retry_at = 0.0
        self.moved_at = 0.0
        self._backoff = backoff
        self._parser = Parser()

    def due(self, now: float) -> bool:
        """Whether a connection is wanted, missing and may be tried."""
        return self.wanted and self.state is State.IDLE and now >= self.retry_at

    def connecting(self) -> None:
        """An attempt has begun."""
        self.state = State.CONNECTING

    def opened(self, now: float) -> None:
        """The connection is made."""
        self.state = State.OPEN
        self._parser = Parser()
        self.output.clear()
        self.on_open(now)

    def receive(self, data: bytes, now: float) -> None:
        """Bytes came. Raises ProtocolError when they make no sense: the connection is of no more use then."""
        self.moved_at = now
        packets = self._parser.feed(data)
        if packets:
            self.failures = 0
            self.on_packets(packets, now)
        if self._parser.broken is not None:
            raise ProtocolError(f"{self.address} sent what is no packet: {self._parser.broken}")

    def closed(self, now: float, error: BaseException | None) -> None:
        """The connection ended, or the attempt to make one failed."""
        was_open = self.state is State.OPEN
        self.state = State.IDLE
        self.error = error
        self.failures += 1
        self.retry_at = now + self._backoff.pause(self.failures)
        self.output.clear()
        self.on_close(was_open, now)

    @abstractmethod
    def on_open(self, now: float) -> None:
        """Greet the server."""

    @abstractmethod
    def on_packets(self, packets: list[Packet], now: float) -> None:
        """Act on what the server sent."""

    @abstractmethod
    def on_close(self, was_open: bool, now: float) -> None:
        """Give up or move what depended on the connection."""


def no_answer(link: Link, seconds: float) -> AnswerTimeoutError:
    """The error of a server that owed an answer for so long."""
    return AnswerTimeoutError(f"{link.address} did not answer within {seconds} s")
