"""As much of Gearman's protocol as the load needs, over a blocking socket."""

from __future__ import annotations

import socket
import struct

CAN_DO = 1
PRE_SLEEP = 4
NOOP = 6
JOB_CREATED = 8
GRAB_JOB = 9
NO_JOB = 10
JOB_ASSIGN = 11
WORK_COMPLETE = 13
SUBMIT_JOB_BG = 18

_HEADER = struct.Struct("!4sII")
_REQUEST = b"\0REQ"
_RECEIVE_BYTES = 1 << 16


def request(kind: int, *arguments: bytes) -> bytes:
    """A whole packet."""
    body = b"\0".join(arguments)
    return _HEADER.pack(_REQUEST, kind, len(body)) + body


class Connection:
    """One connection to a server on the loopback. Raises OSError when it breaks, EOFError when it ends."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._ahead = b""

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, packets: bytes) -> None:
        self._socket.sendall(packets)

    def receive(self) -> tuple[int, bytes]:
        """Type and body of the next packet."""
        self._want(_HEADER.size)
        _, kind, size = _HEADER.unpack_from(self._ahead)
        self._want(_HEADER.size + size)
        body = self._ahead[_HEADER.size : _HEADER.size + size]
        self._ahead = self._ahead[_HEADER.size + size :]
        return kind, body

    def _want(self, size: int) -> None:
        while len(self._ahead) < size:
            heard = self._socket.recv(_RECEIVE_BYTES)
            if not heard:
                raise EOFError("the server closed the connection")
            self._ahead += heard
