"""One connection to a server, for text commands: each is sent, and its whole reply is read."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable
from contextlib import suppress
from enum import Enum

from gearfast.errors import AnswerTimeoutError, ConnectionLostError, UnavailableError
from gearfast.links.addresses import Address
from gearfast.links.lookup import candidates_of

TIMEOUT_SECONDS = 10.0
_RECEIVE_BYTES = 1 << 18


class Ending(Enum):
    """How the end of a reply is found; the protocol itself does not say."""

    LINE = "a single line"
    MARKER = "the reply to a word that no server knows, sent behind the command"


class AdminConnection:
    """Connects at once. Raises UnavailableError when that fails.

    `timeout` is how many seconds the server may take to connect, and to say something more of a reply.
    """

    def __init__(self, address: Address, timeout: float = TIMEOUT_SECONDS) -> None:
        self.address = address
        self._timeout = timeout
        self._socket = _connected(address, timeout)

    def __enter__(self) -> AdminConnection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Whoever waits for an answer hears that the connection has ended."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def ask(self, command: bytes, ending: Ending) -> bytes:
        """The whole reply to a command, line ends and closing dot included.

        Raises ValueError for a command that is more than one line, AnswerTimeoutError, ConnectionLostError.
        """
        if b"\n" in command or b"\r" in command:
            raise ValueError(f"a line break in {command!r}")
        try:
            if ending is Ending.MARKER:
                return self._ask_with_marker(command)
            self._socket.sendall(command + b"\r\n")
            return self._reply(lambda heard: heard.endswith(b"\n"))
        except TimeoutError as error:
            text = f"{self.address} said nothing for {self._timeout:g} s"
            raise AnswerTimeoutError(text) from error
        except ConnectionLostError:
            raise
        except OSError as error:
            raise ConnectionLostError(f"the connection to {self.address} broke: {error}") from error

    def _ask_with_marker(self, command: bytes) -> bytes:
        """For listings, whose lines may be anything. The marker's own reply is one line that ends with it."""
        word = b"end-" + secrets.token_hex(8).encode()
        self._socket.sendall(command + b"\r\n" + word + b"\r\n")
        reply = self._reply(lambda heard: heard.endswith(word + b"\r\n"))
        return reply[: reply.rfind(b"\n", 0, -1) + 1]

    def _reply(self, is_whole: Callable[[bytearray], bool]) -> bytes:
        heard = bytearray()
        while not is_whole(heard):
            more = self._socket.recv(_RECEIVE_BYTES)
            if not more:
                raise ConnectionLostError(f"{self.address} closed the connection before it had answered")
            heard += more
        return bytes(heard)


def _connected(address: Address, timeout: float) -> socket.socket:
    """The first of the address's candidates that takes a connection."""
    reason: object = "it has no address"
    try:
        for family, where in candidates_of(address, timeout):
            sock = socket.socket(family, socket.SOCK_STREAM)
            try:
                sock.settimeout(timeout)
                sock.connect(where)
                return sock
            except OSError as error:
                sock.close()
                reason = error.strerror or error
    except OSError as error:
        reason = error.strerror or error
    raise UnavailableError(f"cannot connect to {address}: {reason}")
