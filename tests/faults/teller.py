"""A connection that bears what a server in need may do: refuse for want of memory, or hang up."""

from __future__ import annotations

import itertools
import socket

from tests.protocol.wire import ECHO_REQ, ECHO_RES, ERROR, HEADER, Packet, first_packet, req

PATIENCE_SECONDS = 20.0
NO_MEMORY = b"QUEUE_ERROR\0Server is out of memory"

_tokens = itertools.count(1)


class HungUp(Exception):  # noqa: N818 - it is one of the ways a conversation may go
    """The server has ended the connection."""


class Teller:
    """Asks, and hears all answers; each ends at a fence that the server echoes."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._heard = b""
        self.refusals = 0

    def ask(self, *packets: bytes) -> list[Packet]:
        """What is heard in answer but refusals for want of memory, which are counted."""
        self.say(*packets)
        self._fence()
        answers: list[Packet] = []
        while (packet := self.receive()) != self._echo:
            if packet.kind == ERROR and packet.body == NO_MEMORY:
                self.refusals += 1
                self._fence()  # it may be the fence that was refused
            elif packet.kind != ECHO_RES:
                answers.append(packet)
        return answers

    def ask_text(self, line: bytes) -> bytes:
        """The answer to a line, up to the fence."""
        self.say(line + b"\n")
        self._fence()
        while self._echo.body not in self._heard:
            if NO_MEMORY in self._heard:
                self.refusals += 1
                self._heard = self._heard.replace(NO_MEMORY, b"")
                self._fence()
            self._hear()
        text, self._heard = self._heard, b""
        return text

    def say(self, *packets: bytes) -> None:
        try:
            self._socket.sendall(b"".join(packets))
        except (BrokenPipeError, ConnectionResetError):
            raise HungUp from None

    def receive(self) -> Packet:
        while (packet := first_packet(self._heard)) is None:
            self._hear()
        self._heard = self._heard[HEADER.size + len(packet.body) :]
        return packet

    def __enter__(self) -> Teller:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._socket.close()

    def _fence(self) -> None:
        token = b"fence %d." % next(_tokens)
        self._echo = Packet(b"\0RES", ECHO_RES, token)
        self.say(req(ECHO_REQ, token))

    def _hear(self) -> None:
        """Whoever hangs up has to say so: silence fails the test."""
        try:
            heard = self._socket.recv(1 << 20)
        except ConnectionResetError:
            raise HungUp from None
        except TimeoutError:
            raise AssertionError(f"the server says nothing after {self._heard[-200:]!r}") from None
        if not heard:
            raise HungUp
        self._heard += heard
