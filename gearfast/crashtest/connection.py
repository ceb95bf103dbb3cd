"""A blocking connection, one packet at a time."""

from __future__ import annotations

import socket
from collections import deque

from gearfast.protocol.parser import Packet, Parser

_RECEIVE_BYTES = 1 << 16


class Connection:
    """One connection to a server on the loopback. Raises OSError when it breaks, EOFError when it ends."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._parser = Parser()
        self._ahead: deque[Packet] = deque()

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, packets: bytes) -> None:
        self._socket.sendall(packets)

    def receive(self) -> Packet:
        """Type and arguments of the next packet. Raises PacketError for what is none."""
        while not self._ahead:
            if self._parser.broken is not None:
                raise self._parser.broken
            heard = self._socket.recv(_RECEIVE_BYTES)
            if not heard:
                raise EOFError("the server closed the connection")
            self._ahead.extend(self._parser.feed(heard))
        return self._ahead.popleft()
