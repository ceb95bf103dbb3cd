"""One connection to a server under test: says bytes, and insists on the bytes that come back."""

from __future__ import annotations

import itertools
import socket
from pathlib import Path
from types import TracebackType

from tests.protocol.wire import (
    CAN_DO,
    ECHO_REQ,
    ECHO_RES,
    HEADER,
    JOB_CREATED,
    NAMES,
    NOOP,
    RESPONSE,
    Packet,
    describe,
    first_packet,
    req,
    res,
)

PATIENCE = 20.0  # seconds for an answer that is due; only a failing test waits that long
_AFTERMATH = 0.3  # seconds a failing test goes on listening, to show the whole answer

_tokens = itertools.count(1)


def _to_port(host: str, port: int) -> socket.socket:
    connected = socket.create_connection((host, port), timeout=PATIENCE)
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connected


def _to_path(path: Path) -> socket.socket:
    connected = socket.socket(socket.AF_UNIX)
    connected.settimeout(PATIENCE)
    connected.connect(str(path))
    return connected


class Peer:
    """A client, a worker or an administrator; all three may be one connection to a port or a Unix socket."""

    def __init__(self, where: int | Path, host: str = "127.0.0.1", server: str = "the server") -> None:
        self.server = server
        self.socket = _to_port(host, where) if isinstance(where, int) else _to_path(where)
        self._ahead = b""
        self._ended = False

    def __enter__(self) -> Peer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.socket.close()

    def hang_up_sending(self) -> None:
        """Half close: nothing more will be said, answers are still wanted."""
        self.socket.shutdown(socket.SHUT_WR)

    def send(self, *packets: bytes) -> None:
        """All packets in one write."""
        self.socket.sendall(b"".join(packets))

    def expect(self, *packets: bytes) -> None:
        """The next bytes received are exactly these."""
        wanted = b"".join(packets)
        while len(self._ahead) < len(wanted) and wanted.startswith(self._ahead) and self._hear():
            pass
        if not self._ahead.startswith(wanted):
            self._hear_the_rest()
            heard = describe(self._ahead) + ("\n  (closed)" if self._ended else "")
            raise AssertionError(f"expected from {self.server}\n  {describe(wanted)}\ngot\n  {heard}")
        self._ahead = self._ahead[len(wanted) :]

    def expect_silence(self) -> None:
        """Nothing was sent: the answer to an ECHO_REQ asked for now is the next thing to arrive.

        It is also a fence: when it returns, the server has dealt with everything this peer sent before.
        """
        token = b"fence %d" % next(_tokens)
        self.send(req(ECHO_REQ, token))
        self.expect(res(ECHO_RES, token))

    settle = expect_silence

    def heard(self) -> list[Packet]:
        """Every packet sent to this peer up to now and not yet expected; a fence as well."""
        fence = Packet(RESPONSE, ECHO_RES, b"fence %d" % next(_tokens))
        self.send(req(ECHO_REQ, fence.body))
        packets = []
        while (found := self.receive()) != fence:
            packets.append(found)
        return packets

    def heard_text(self) -> bytes:
        """Every byte of text sent to this peer up to now and not yet expected; a fence as well."""
        fence = b"fence %d" % next(_tokens)
        self.send(req(ECHO_REQ, fence))
        return self._take_through(res(ECHO_RES, fence)).removesuffix(res(ECHO_RES, fence))

    def expect_closed(self) -> None:
        """The server closes the connection and says nothing more."""
        while self._hear():
            pass
        assert not self._ahead, f"expected only the end from {self.server}, got\n  {describe(self._ahead)}"

    def receive(self) -> Packet:
        """The next packet, whatever it is; anything else than a whole packet fails."""
        while (found := first_packet(self._ahead)) is None:
            assert self._hear(), f"{self.server} closed after {self._ahead!r}"
        self._ahead = self._ahead[HEADER.size + len(found.body) :]
        return found

    def receive_kind(self, kind: int) -> Packet:
        """The next packet, which has to be a response of this kind."""
        found = self.receive()
        assert found[:2] == (RESPONSE, kind), f"expected {NAMES[kind]} from {self.server}, got {found}"
        return found

    def submit(self, kind: int, *args: bytes) -> bytes:
        """Submits a job and returns its handle."""
        self.send(req(kind, *args))
        return self.receive_kind(JOB_CREATED).body

    def can_do(self, *functions: bytes) -> None:
        """Registers, and waits until the server has taken note."""
        self.send(*(req(CAN_DO, function) for function in functions))
        self.settle()

    def expect_noop(self) -> None:
        self.expect(res(NOOP))

    def ask(self, line: bytes) -> bytes:
        """The one-line answer to a text command; `line` comes without its end."""
        self.send(line + b"\n")
        return self._take_through(b"\n")

    def ask_table(self, line: bytes) -> bytes:
        """The listing that answers a text command, with its closing line."""
        self.send(line + b"\n")
        table = [self._take_through(b"\n")]
        while table[-1] != b".\n":
            table.append(self._take_through(b"\n"))
        return b"".join(table)

    def _take_through(self, end: bytes) -> bytes:
        while end not in self._ahead:
            assert self._hear(), f"{self.server} closed after {self._ahead!r}"
        taken, _, self._ahead = self._ahead.partition(end)
        return taken + end

    def _hear(self) -> bool:
        """Waits for more bytes; False at the end of the connection."""
        if self._ended:
            return False
        try:
            heard = self.socket.recv(1 << 20)
        except ConnectionResetError:
            heard = b""
        except TimeoutError:
            raise AssertionError(
                f"no answer from {self.server} in {PATIENCE} s; so far\n  {describe(self._ahead)}"
            ) from None
        self._ended = not heard
        self._ahead += heard
        return not self._ended

    def _hear_the_rest(self) -> None:
        self.socket.settimeout(_AFTERMATH)
        try:
            while self._hear():
                pass
        except AssertionError:
            pass
        finally:
            self.socket.settimeout(PATIENCE)
