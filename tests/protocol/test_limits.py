"""Limits of the server as its options set them: who is refused, and what goes on."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from tests.protocol.peer import Peer
from tests.protocol.running import Running
from tests.protocol.server import Counts, Server, until
from tests.protocol.wire import (
    ECHO_REQ,
    ECHO_RES,
    ERROR,
    GRAB_JOB,
    HEADER,
    JOB_ASSIGN,
    JOB_CREATED,
    REQUEST,
    SUBMIT_JOB,
    SUBMIT_JOB_BG,
    WORK_COMPLETE,
    error,
    req,
    res,
)
from tests.support.patience import eventually

TOO_LARGE = error(b"ARGUMENT_TOO_LARGE", b"Packet is larger than --max-packet of 1000 bytes")
MEMORY_LIMIT = error(b"QUEUE_ERROR", b"Server has reached its --memory-limit of 1048576 bytes")

small_packets = pytest.mark.options(gearfast=("--max-packet", "1000"))


def sized(server: Server, size: int) -> tuple[bytes, bytes]:
    """A background submit whose body has this size: (function, packet)"""
    function = server.fresh()
    return function, req(SUBMIT_JOB_BG, function, b"", b"x" * (size - len(function) - 2))


@small_packets
def test_a_body_as_large_as_allowed(gearfast: Server) -> None:
    function, packet = sized(gearfast, 1000)
    gearfast.admin.send(packet)
    gearfast.admin.receive_kind(JOB_CREATED)
    assert gearfast.counts(function) == Counts(1, 0, 0)


@small_packets
@pytest.mark.parametrize("size", [1001, 70_000, 5_000_000])
def test_a_larger_body_is_read_and_refused(gearfast: Server, size: int) -> None:
    function, packet = sized(gearfast, size)
    accepted, small = sized(gearfast, 100)
    peer = gearfast.peer()
    peer.send(req(ECHO_REQ, b"before"), packet, req(ECHO_REQ, b"between"), packet, small)
    peer.expect(res(ECHO_RES, b"before"), TOO_LARGE, res(ECHO_RES, b"between"), TOO_LARGE)
    peer.receive_kind(JOB_CREATED)
    peer.expect_silence()
    assert gearfast.counts(function) is None
    assert gearfast.counts(accepted) == Counts(1, 0, 0)


@small_packets
def test_a_larger_body_may_come_in_pieces(gearfast: Server) -> None:
    _, packet = sized(gearfast, 3000)
    peer, pacer = gearfast.peers(2)
    for start in range(0, len(packet), 250):
        peer.send(packet[start : start + 250])
        pacer.settle()
    peer.expect(TOO_LARGE)
    peer.expect_silence()


@small_packets
def test_the_results_of_workers_are_limited_too(gearfast: Server) -> None:
    job = Running(gearfast)
    job.worker.send(req(WORK_COMPLETE, job.handle, b"x" * 1000))
    job.worker.expect(TOO_LARGE)
    job.client.expect_silence()
    job.worker.send(req(WORK_COMPLETE, job.handle, b"x" * 100))
    job.client.expect(res(WORK_COMPLETE, job.handle, b"x" * 100))


TOO_LARGE_AT_ALL = error(b"ARGUMENT_TOO_LARGE", b"Packet is larger than --max-packet of 268435456 bytes")


def test_announcing_four_gigabytes_costs_nothing(gearfast: Server) -> None:
    peers = gearfast.peers(20)
    before = virtual_size(gearfast)
    for peer in peers:
        peer.send(HEADER.pack(REQUEST, SUBMIT_JOB, 0xFFFFFFFF) + b"f\0\0abc")
        peer.expect(TOO_LARGE_AT_ALL)
    assert virtual_size(gearfast) - before < 1 << 30
    gearfast.admin.expect_silence()


def virtual_size(server: Server) -> int:
    """Bytes of address space."""
    return int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[0]) * 4096


@pytest.mark.options(gearfast=("--max-packet", "4294967295"))
def test_the_protocols_limit_can_be_asked_for(gearfast: Server) -> None:
    peer = gearfast.peer()
    peer.send(HEADER.pack(REQUEST, ECHO_REQ, 0xFFFFFFFF) + b"abc")
    gearfast.admin.expect_silence()


@pytest.mark.options(gearfast=("--max-connections", "3", "--verbose", "WARNING"))
def test_connections_above_the_limit_are_closed(gearfast: Server) -> None:
    held = [gearfast.admin, *gearfast.peers(2)]
    for peer in held:
        peer.settle()
    before = shown(gearfast, b"max-connections")
    for _ in range(2):
        gearfast.peer().expect_closed()
    assert shown(gearfast, b"max-connections") == [b"3", b"3", b"%d" % (int(before[2]) + 2)]
    for peer in held:
        peer.expect_silence()


def shown(server: Server, name: bytes) -> list[bytes]:
    """Value, used and refused of `show limits`."""
    lines = server.admin.ask_table(b"show limits").splitlines()
    return next(line.split(b"\t")[1:] for line in lines if line.startswith(name + b"\t"))


@pytest.mark.options(gearfast=("--memory-limit", "4M"))
def test_answers_that_nobody_reads_count(gearfast: Server) -> None:
    greedy, function = gearfast.peer(), gearfast.fresh()
    gearfast.admin.submit(SUBMIT_JOB_BG, function, b"", b"")
    greedy.socket.settimeout(0.5)
    with suppress(TimeoutError):
        for _ in range(1000):
            greedy.socket.sendall(req(ECHO_REQ, b"x" * 2000) * 100)
    used = int(shown(gearfast, b"max-output")[1])
    assert 50_000 < used < 3 << 20
    eventually(lambda: int(shown(gearfast, b"memory-limit")[1]), used.__lt__, "answers to count as memory")
    gearfast.admin.submit(SUBMIT_JOB_BG, function, b"", b"")
    greedy.close()
    until(lambda: shown(gearfast, b"max-output")[1], b"0", str(gearfast.flavour))


def fill(peer: Peer, function: bytes) -> list[bytes]:
    """Submits until the server has no more room: the handles."""
    handles: list[bytes] = []
    while True:
        peer.send(req(SUBMIT_JOB_BG, function, b"", b"x" * 10_000))
        answer = peer.receive()
        if answer.kind == ERROR:
            assert res(ERROR, *answer.args) == MEMORY_LIMIT
            return handles
        handles.append(answer.body)


@pytest.mark.options(gearfast=("--memory-limit", "1M"))
def test_over_the_memory_limit_submits_are_refused_until_there_is_room(gearfast: Server) -> None:
    function = gearfast.fresh()
    handles = fill(gearfast.admin, function)
    assert 50 < len(handles) <= 105
    assert gearfast.counts(function) == Counts(len(handles), 0, 0)
    worker = gearfast.worker(function)
    for handle in handles:
        worker.send(req(GRAB_JOB))
        worker.expect(res(JOB_ASSIGN, handle, function, b"x" * 10_000))
        worker.send(req(WORK_COMPLETE, handle, b""))
    worker.settle()
    assert len(fill(gearfast.admin, function)) == len(handles)
