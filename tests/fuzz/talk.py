"""One conversation with a whole server at `-t 0`: bytes over several connections, as cut up as one likes.

Shared by the fuzzer, which makes the bytes up, and by the test that replays its corpus. The first byte holds
options. What follows are pieces; MARK and a byte begin another one, sent on the connection of that number
once the server has read all that came before.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator

from gearfast.server.config import COMPAT_1_1, COMPAT_2_0, Config
from gearfast.server.run import make_engine
from tests.protocol.wire import ECHO_REQ, ECHO_RES, HEADER, LAST, RESPONSE, req, res

MARK = b"\xff\xfe"
CONNECTIONS = 4
PATIENCE_SECONDS = 20.0
HUNG_UP = (BrokenPipeError, ConnectionResetError)

COMPAT, EXCEPTIONS, SMALL_PACKETS, SMALL_OUTPUT = 1, 2, 4, 8  # bits of the first byte
TEXT = re.compile(rb"[^\0]+\n")


def config_of(options: int, threads: int) -> Config:
    return Config(
        allow_shutdown=True,
        compat=COMPAT_1_1 if options & COMPAT else COMPAT_2_0,
        exceptions=bool(options & EXCEPTIONS),
        job_handle_prefix="H",
        max_output=16384 if options & SMALL_OUTPUT else 1 << 24,
        max_packet=64 if options & SMALL_PACKETS else 16384,
        threads=threads,
    )


def pieces_of(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Connection number and bytes, in turn."""
    first, *others = data.split(MARK)
    yield 0, first
    for piece in others:
        yield (piece[0] % CONNECTIONS if piece else 0), piece[1:]


def check_answers(data: bytes) -> None:
    """Whole RES packets and whole text answers, nothing else."""
    at = 0
    while at < len(data):
        if data[at]:
            text = TEXT.match(data, at)
            assert text, f"text without a line end: {data[at : at + 200]!r}"
            at = text.end()
            continue
        magic, kind, size = HEADER.unpack_from(data, at)
        assert magic == RESPONSE
        assert 1 <= kind <= LAST
        at += HEADER.size + size
        assert at <= len(data), "an answer is cut short"


class Talker:
    """A connection that reads nothing before it has said everything."""

    def __init__(self, address: bytes) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE_SECONDS)
        self.socket.connect(address)
        self.is_open = True

    def say(self, data: bytes) -> None:
        """Whatever is said after the server hung up is lost."""
        try:
            if self.is_open:
                self.socket.sendall(data)
        except HUNG_UP:
            self.is_open = False

    def end(self) -> None:
        """Say goodbye, hear all answers and the end of the connection, and check them."""
        check_answers(self._rest())
        self.socket.close()

    def _rest(self) -> bytes:
        """Nothing when the server hung up in the middle: then answers may be lost."""
        heard = bytearray()
        try:
            self.socket.shutdown(socket.SHUT_WR)
            while more := self.socket.recv(1 << 16):
                heard += more
        except TimeoutError:
            raise AssertionError("the server does not close the connection") from None
        except OSError:
            return b""
        return bytes(heard)


def fence(talker: Talker) -> None:
    """The server has read what others sent before."""
    talker.say(req(ECHO_REQ, b"fence"))
    expected = res(ECHO_RES, b"fence")
    assert talker.socket.recv(len(expected), socket.MSG_WAITALL) == expected


def converse(address: bytes, pieces: Iterator[tuple[int, bytes]]) -> None:
    between = Talker(address)
    talkers: dict[int, Talker] = {}
    for number, piece in pieces:
        if number not in talkers:
            talkers[number] = Talker(address)
        talkers[number].say(piece)
        fence(between)
    for talker in talkers.values():
        talker.end()
    after = Talker(address)
    fence(after)
    after.end()
    between.end()


def play(data: bytes, threads: int = 0) -> None:
    """Raises AssertionError where the server misbehaves; a sanitizer build ends the process instead."""
    engine = make_engine(config_of(data[0] if data else 0, threads))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("")
        listener.listen(16)
        listener.setblocking(False)
        engine.start([listener.fileno()])
        try:
            converse(listener.getsockname(), pieces_of(data[1:]))
        finally:
            engine.stop()
    reports = [item for item in engine.read() if isinstance(item, str)]
    assert not [report for report in reports if report.startswith("fatal")], reports
