"""The largest workload the protocol has room for, there and back."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator

import pytest

from tests.protocol.wire import CAN_DO, GRAB_JOB, JOB_ASSIGN, JOB_CREATED, SUBMIT_JOB_BG, WORK_COMPLETE, req
from tests.support.gearfast_process import gearfast

MOST_PACKET = 2**32 - 256
PATTERN = bytes(range(251)) * 4096
NEEDED_MEMORY = 6 << 30


def pieces(size: int) -> Iterator[memoryview]:
    whole, rest = divmod(size, len(PATTERN))
    for _ in range(whole):
        yield memoryview(PATTERN)
    yield memoryview(PATTERN)[:rest]


def receive_exactly(link: socket.socket, size: int) -> bytes:
    found = bytearray()
    while len(found) < size:
        chunk = link.recv(size - len(found))
        assert chunk, "the server closed the connection"
        found += chunk
    return bytes(found)


def receive_head(link: socket.socket) -> tuple[int, int]:
    """Packet type and size of the body."""
    magic, kind, size = struct.unpack(">4sII", receive_exactly(link, 12))
    assert magic == b"\0RES"
    return kind, size


@pytest.mark.skipif(
    os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") < NEEDED_MEMORY, reason="takes 6 GiB of memory"
)
@pytest.mark.parametrize(("threads", "packet"), [("0", 1 << 27), ("1", 1 << 27), ("4", MOST_PACKET)])
def test_there_and_back(threads: str, packet: int) -> None:
    options = ("--threads", threads, "--max-packet", str(MOST_PACKET), "--max-output", "8G")
    with gearfast(*options) as server, socket.create_connection((server.host, server.port)) as link:
        names = b"f\0\0"
        size = packet - len(names)
        link.sendall(b"\0REQ" + struct.pack(">II", SUBMIT_JOB_BG, packet) + names)
        for piece in pieces(size):
            link.sendall(piece)
        kind, length = receive_head(link)
        assert kind == JOB_CREATED
        handle = receive_exactly(link, length)
        link.sendall(req(CAN_DO, b"f") + req(GRAB_JOB))
        assert receive_head(link) == (JOB_ASSIGN, len(handle) + len(b"\0f\0") + size)
        assert receive_exactly(link, len(handle) + 3) == handle + b"\0f\0"
        for piece in pieces(size):
            assert receive_exactly(link, len(piece)) == piece
        link.sendall(req(WORK_COMPLETE, handle, b"") + b"status\n")
        assert receive_exactly(link, len(b"f\t0\t0\t1\n.\n")) == b"f\t0\t0\t1\n.\n"
