"""Peers that give much and take little: the server stays within bounds, and others are served."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.protocol.peer import Peer
from tests.protocol.wire import (
    CAN_DO,
    ECHO_REQ,
    ECHO_RES,
    GRAB_JOB,
    HEADER,
    JOB_ASSIGN,
    JOB_CREATED,
    REQUEST,
    RESPONSE,
    SUBMIT_JOB,
    SUBMIT_JOB_BG,
    WORK_COMPLETE,
    WORK_DATA,
    req,
    res,
)
from tests.stress.resting import drop_functions, expect_rest, held
from tests.support.engine_process import EngineProcess
from tests.support.patience import eventually

KIB, MIB = 1 << 10, 1 << 20
MAX_OUTPUT = 4 * MIB
# What is on its way in the server beside that.
SLACK = 16 * MIB
# What the kernel may hold of a connection at both ends and in both directions, and a receive of the server.
IN_KERNEL = MIB + 2 * sum(
    int(Path(f"/proc/sys/net/ipv4/tcp_{way}mem").read_text().split()[2]) for way in ("r", "w")
)
QUIET_SECONDS = 0.7


def do_one_job(port: int) -> None:
    """Somebody else is served from submit to result."""
    with Peer(port) as client, Peer(port) as worker:
        handle = client.submit(SUBMIT_JOB, b"other", b"", b"data")
        worker.send(req(CAN_DO, b"other"), req(GRAB_JOB))
        worker.expect(res(JOB_ASSIGN, handle, b"other", b"data"))
        worker.send(req(WORK_COMPLETE, handle, b"done"))
        client.expect(res(WORK_COMPLETE, handle, b"done"))


def send_until_refused(peer: Peer, data: bytes) -> int:
    """Sends `data` again and again until the server has not taken any for a while; returns the bytes sent."""
    view, sent = memoryview(data * 2), 0
    peer.socket.settimeout(QUIET_SECONDS)
    try:
        while True:
            start = sent % len(data)
            sent += peer.socket.send(view[start : start + len(data)])
    except TimeoutError:
        peer.socket.settimeout(60.0)
        return sent


def created(peer: Peer, count: int) -> Iterator[bytes]:
    """The handles of so many JOB_CREATED."""
    data, at = bytearray(), 0
    for _ in range(count):
        while len(data) < at + HEADER.size or len(data) < at + HEADER.size + size_at(data, at):
            data += peer.socket.recv(MIB)
        magic, kind, size = HEADER.unpack_from(data, at)
        assert (magic, kind) == (RESPONSE, JOB_CREATED)
        at += HEADER.size + size
        yield bytes(data[at - size : at])
    assert at == len(data)


def size_at(data: bytearray, at: int) -> int:
    """The size that the packet's head announces."""
    size: int = HEADER.unpack_from(data, at)[2]
    return size


def test_a_client_may_write_200000_submits_before_it_reads(engine: EngineProcess) -> None:
    before = held(engine)
    count = 200_000
    with Peer(engine.port) as client:
        client.send(req(SUBMIT_JOB_BG, b"much", b"", b"x" * 20) * count)
        do_one_job(engine.port)
        assert len(set(created(client, count))) == count
        client.expect_silence()
        assert engine.counters()["jobs"] == count
    drop_functions(engine.port)
    expect_rest(engine, before)


@pytest.mark.parametrize("size", [1100, 10000])
def test_a_client_that_does_not_read_its_echoes_is_not_read_from(threads: int, size: int) -> None:
    """Whatever the size of its packets: what the server keeps beside their bytes counts as well."""
    with EngineProcess(threads=threads, max_packet=MIB, max_output=MAX_OUTPUT) as engine:
        before = held(engine)
        with Peer(engine.port) as client:
            packet = req(ECHO_REQ, b"x" * size)
            sent = send_until_refused(client, packet)
            assert engine.counters()["bytes_live"] <= MAX_OUTPUT
            assert sent <= MAX_OUTPUT + IN_KERNEL
            do_one_job(engine.port)
            client.hang_up_sending()
            assert read_to_end(client) == sent // len(packet) * len(packet)
        drop_functions(engine.port)
        expect_rest(engine, before)


def read_to_end(peer: Peer) -> int:
    """How many bytes come until the server closes."""
    total = 0
    while found := peer.socket.recv(MIB):
        total += len(found)
    return total


def test_a_client_that_never_reads_its_results_is_closed(threads: int) -> None:
    with EngineProcess(threads=threads, max_packet=MIB, max_output=MAX_OUTPUT, verbose=4) as engine:
        before = held(engine)
        with Peer(engine.port) as client, Peer(engine.port) as worker:
            handle = client.submit(SUBMIT_JOB, b"f", b"", b"")
            worker.send(req(CAN_DO, b"f"), req(GRAB_JOB))
            worker.expect(res(JOB_ASSIGN, handle, b"f", b""))
            piece = req(WORK_DATA, handle, b"x" * (MIB // 2))
            while engine.counters()["connections"] == 2:
                worker.send(piece)
                assert engine.counters()["bytes_live"] <= MAX_OUTPUT + SLACK
            assert any("--max-output" in text for text in engine.log())
            do_one_job(engine.port)
            worker.send(req(WORK_COMPLETE, handle, b""))
            worker.expect_silence()
        drop_functions(engine.port)
        expect_rest(engine, before)


def test_500_connections_with_half_a_packet_each(engine: EngineProcess) -> None:
    before = held(engine)
    with ExitStack() as stack:
        slow = [stack.enter_context(Peer(engine.port)) for _ in range(500)]
        packets = [req(ECHO_REQ, b"%d" % number * (number + 1)) for number in range(500)]
        for peer, packet in zip(slow, packets, strict=True):
            peer.send(packet[: len(packet) // 2])
        do_one_job(engine.port)
        eventually(lambda: engine.counters()["connections"], (500).__eq__, "the slow ones alone to be left")
        for peer, packet in zip(slow, packets, strict=True):
            peer.send(packet[len(packet) // 2 :])
        for peer, packet in zip(slow, packets, strict=True):
            peer.expect(res(ECHO_RES, packet[HEADER.size :]))
    drop_functions(engine.port)
    expect_rest(engine, before)


def test_announced_bodies_that_never_come_are_given_back(engine: EngineProcess) -> None:
    before = held(engine)
    with ExitStack() as stack:
        for _ in range(20):
            peer = stack.enter_context(Peer(engine.port))
            peer.send(HEADER.pack(REQUEST, SUBMIT_JOB_BG, 16 * MIB) + b"f\0\0" + bytes(1000))
        eventually(lambda: engine.counters()["bytes_live"], (20 * 16 * MIB).__lt__, "all to be announced")
        do_one_job(engine.port)
    drop_functions(engine.port)
    expect_rest(engine, before)


def test_the_memory_of_finished_jobs_comes_back_while_their_client_is_idle() -> None:
    with EngineProcess(threads=4) as engine, Peer(engine.port) as client, Peer(engine.port) as worker:
        client.send(req(SUBMIT_JOB_BG, b"f", b"", b"x" * 400) * 1000)
        for _ in range(1000):
            client.receive_kind(JOB_CREATED)
        worker.send(req(CAN_DO, b"f"))
        for _ in range(1000):
            worker.send(req(GRAB_JOB))
            worker.send(req(WORK_COMPLETE, worker.receive_kind(JOB_ASSIGN).args[0], b""))
        eventually(lambda: engine.counters()["blocks_live"], (100).__gt__, "the blocks to be back")
