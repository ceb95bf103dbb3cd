"""--packet-timeout: a packet or a line that has begun must come to its end; who says nothing may stay."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack

import pytest

from tests.protocol.peer import Peer
from tests.protocol.server import Server, until
from tests.protocol.wire import ECHO_REQ, ECHO_RES, HEADER, REQUEST, SUBMIT_JOB, req, res

TIMEOUT = pytest.mark.options(gearfast=("--packet-timeout", "1", "--max-packet", "1000"))
PACKET = req(ECHO_REQ, b"x" * 100)
UNFINISHED = {
    "one byte": b"\0",
    "half a head": PACKET[: HEADER.size // 2],
    "a head": PACKET[: HEADER.size],
    "half a body": PACKET[: HEADER.size + 50],
    "half a line": b"stat",
    "half a body that is refused": HEADER.pack(REQUEST, SUBMIT_JOB, 5000) + b"x" * 2500,
    "a whole packet and half of one": PACKET + PACKET[:20],
}


def limits(server: Server, name: bytes) -> list[int]:
    """Value, used, refused."""
    for line in server.admin.ask_table(b"show limits").splitlines():
        if line.startswith(name + b"\t"):
            return [int(field) for field in line.split(b"\t")[1:]]
    raise AssertionError(f"no {name!r}")


def await_ends(server: Server, peers: Iterable[Peer]) -> None:
    for peer in peers:
        while peer.socket.recv(1 << 16):
            pass
    until(lambda: limits(server, b"packet-timeout")[1], 0, str(server.flavour))


@TIMEOUT
def test_a_packet_that_does_not_come_to_its_end(every_gearfast: list[Server]) -> None:
    with ExitStack() as stack:
        slow = {server: server.peers(len(UNFINISHED)) for server in every_gearfast}
        silent = [stack.enter_context(Peer(server.port)) for server in every_gearfast]
        before = {server: limits(server, b"packet-timeout") for server in every_gearfast}
        for peers in slow.values():
            for peer, start in zip(peers, UNFINISHED.values(), strict=True):
                peer.send(start)
        for server, peers in slow.items():
            await_ends(server, peers)
            value, used, refused = limits(server, b"packet-timeout")
            assert (value, used) == (1, 0)
            assert refused - before[server][2] == len(UNFINISHED)
        for peer in silent:
            peer.expect_silence()


@TIMEOUT
def test_dripping_does_not_help(every_gearfast: list[Server]) -> None:
    """The time is that of the whole packet, not that of a byte."""
    peers = [server.peer() for server in every_gearfast]
    for byte in range(len(PACKET)):
        for peer in list(peers):
            peer.socket.settimeout(0.02)
            try:
                peer.socket.send(PACKET[HEADER.size + byte : HEADER.size + byte + 1] if byte else PACKET[:12])
                if peer.socket.recv(1) == b"":
                    peers.remove(peer)
            except (BrokenPipeError, ConnectionResetError):
                peers.remove(peer)
            except TimeoutError:
                pass
    assert peers == []


@TIMEOUT
def test_one_packet_after_another_may_take_longer(every_gearfast: list[Server]) -> None:
    """Each has begun before the one before is through, for twice the time in all."""
    peers = [server.peer() for server in every_gearfast]
    pacers = [server.peer() for server in every_gearfast]
    data = b"".join(req(ECHO_REQ, b"%03d" % number) for number in range(20))
    step = 7
    for start in range(0, len(data), step):
        for peer in peers:
            peer.send(data[start : start + step])
        for pacer in pacers:
            pacer.settle()
        pacers[0].socket.settimeout(2.0 / (len(data) / step))
        with pytest.raises(TimeoutError):
            pacers[0].socket.recv(1)
        pacers[0].socket.settimeout(20.0)
    for peer in peers:
        peer.expect(*(res(ECHO_RES, b"%03d" % number) for number in range(20)))
