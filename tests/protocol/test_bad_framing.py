"""Bytes that are no packets: the sender loses its connection, and nobody else notices."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import pytest

from tests.protocol.golden.errors import NOT_EXPECTED, REQUEST_MAGIC_EXPECTED
from tests.protocol.peer import Peer
from tests.protocol.running import Running
from tests.protocol.server import Counts, Server
from tests.protocol.wire import (
    ALL_YOURS,
    ECHO_REQ,
    ECHO_RES,
    ERROR,
    GRAB_JOB,
    JOB_ASSIGN_ALL,
    JOB_CREATED,
    LAST,
    NAMES,
    NO_JOB,
    RESPONSE,
    STATUS_RES,
    STATUS_RES_UNIQUE,
    SUBMIT_JOB,
    SUBMIT_JOB_BG,
    WORK_COMPLETE,
    error,
    packet,
    req,
    res,
)

UNKNOWN_COMMAND = error(b"INVALID_COMMAND", b"Invalid command expected")
WRONG_MAGICS = [b"\0req", b"\0REX", b"\0RE\0", b"\0\0\0\0", b"\0ABC", b"\0QER", b"\0rES", b"\0RE\xd1"]
UNKNOWN_NUMBERS = [0, LAST + 1, 45, 255, 0x7FFFFFFF]
KILLING_NUMBERS = [0x80000000, 0x80000007, 0xFFFFFFFF]


def header(magic: bytes, number: int, size: int = 0) -> bytes:
    return struct.pack(">4sII", magic, number, size)


@pytest.fixture
def neighbour(server: Server) -> Iterator[Running]:
    """A job in the hands of others, which has to come to its end."""
    job = Running(server)
    yield job
    job.worker.send(req(WORK_COMPLETE, job.handle, b"done"))
    job.client.expect(res(WORK_COMPLETE, job.handle, b"done"))
    job.client.expect_silence()
    server.peer().expect_silence()


def expect_refusal(server: Server, peer: Peer, reason: bytes) -> None:
    """An ERROR and the end from gearfast; gearmand goes without a word, and answers in hand go with it."""
    if server.flavour.name == "gearfast":
        peer.expect(reason)
    peer.expect_closed()


@pytest.mark.usefixtures("neighbour")
@pytest.mark.parametrize("magic", WRONG_MAGICS)
@pytest.mark.parametrize("size", [0, 3, 0xFFFFFFFF])
def test_wrong_magic(server: Server, magic: bytes, size: int) -> None:
    peer = server.peer()
    peer.settle()
    peer.send(header(magic, ECHO_REQ, size) + b"abc", req(ECHO_REQ, b"after"))
    expect_refusal(server, peer, REQUEST_MAGIC_EXPECTED)


@pytest.mark.usefixtures("neighbour")
@pytest.mark.parametrize("number", UNKNOWN_NUMBERS)
@pytest.mark.parametrize("magic", [b"\0REQ", b"\0RES"])
@pytest.mark.parametrize("size", [0, 3, 0xFFFFFFFF])
def test_unknown_number(server: Server, magic: bytes, number: int, size: int) -> None:
    peer = server.peer()
    peer.settle()
    peer.send(header(magic, number, size) + b"abc", req(ECHO_REQ, b"after"))
    expect_refusal(server, peer, UNKNOWN_COMMAND)


@pytest.mark.parametrize("number", KILLING_NUMBERS)
@pytest.mark.parametrize("magic", [b"\0REQ", b"\0RES"])
def test_numbers_that_kill_gearmand(gearfast: Server, magic: bytes, number: int) -> None:
    job, peer = Running(gearfast), gearfast.peer()
    peer.send(header(magic, number))
    peer.expect(UNKNOWN_COMMAND)
    peer.expect_closed()
    job.worker.send(req(WORK_COMPLETE, job.handle, b"done"))
    job.client.expect(res(WORK_COMPLETE, job.handle, b"done"))


def test_what_was_asked_before_is_answered(gearfast: Server) -> None:
    echo, answer = req(ECHO_REQ, b"before"), res(ECHO_RES, b"before")
    for bad, reason in [
        (header(b"\0REX", ECHO_REQ), REQUEST_MAGIC_EXPECTED),
        (header(b"\0REQ", 99), UNKNOWN_COMMAND),
    ]:
        peer = gearfast.peer()
        peer.send(*[echo] * 100, bad, *[echo] * 100)
        peer.expect(*[answer] * 100, reason)
        peer.expect_closed()


def test_a_lost_framing_may_come_byte_by_byte(gearfast: Server) -> None:
    pacer = gearfast.peer()
    for bad, reason in [
        (header(b"\0REX", ECHO_REQ), REQUEST_MAGIC_EXPECTED),
        (header(b"\0REQ", 99), UNKNOWN_COMMAND),
    ]:
        peer = gearfast.peer()
        for byte in bad:
            peer.send(bytes([byte]))
            pacer.settle()
        peer.expect(reason)
        peer.expect_closed()


def test_what_was_accepted_before_stays(server: Server) -> None:
    function, peer = server.fresh(), server.peer()
    handle = peer.submit(SUBMIT_JOB_BG, function, b"", b"abc")
    peer.send(header(b"\0REX", 1))
    expect_refusal(server, peer, REQUEST_MAGIC_EXPECTED)
    assert server.jobs()[handle] == (0, 0, 1)


def test_the_job_of_a_client_that_lost_its_framing_goes_with_it(server: Server) -> None:
    function, witness, peer = server.fresh(), server.fresh(), server.peer()
    peer.can_do(witness)
    peer.submit(SUBMIT_JOB, function, b"", b"abc")
    peer.send(header(b"\0REX", 1))
    expect_refusal(server, peer, REQUEST_MAGIC_EXPECTED)
    server.await_counts(witness, Counts(0, 0, 0))
    worker = server.worker(function)
    worker.send(req(GRAB_JOB))
    worker.expect(res(NO_JOB))


@pytest.mark.parametrize("number", range(1, LAST + 1), ids=NAMES.get)
@pytest.mark.parametrize("body", [b"", b"no terminators", b"\0" * 9, b"x" * 20000])
def test_responses_keep_the_connection_whatever_their_body(
    gearfast: Server, number: int, body: bytes
) -> None:
    """gearmand waits for terminators."""
    peer = gearfast.peer()
    peer.send(packet(RESPONSE, number, body))
    peer.expect(REQUEST_MAGIC_EXPECTED)
    peer.expect_silence()


@pytest.mark.parametrize(
    "number", [JOB_CREATED, JOB_ASSIGN_ALL, ERROR, STATUS_RES, ALL_YOURS, STATUS_RES_UNIQUE]
)
@pytest.mark.parametrize("body", [b"", b"no terminators", b"\0" * 9, b"x" * 20000])
def test_unexpected_requests_keep_the_connection_whatever_their_body(
    gearfast: Server, number: int, body: bytes
) -> None:
    peer = gearfast.peer()
    peer.send(req(number, body), req(ECHO_REQ, b"glued"))
    peer.expect(NOT_EXPECTED, res(ECHO_RES, b"glued"))
    peer.expect_silence()


@pytest.mark.usefixtures("neighbour")
def test_a_stalled_half_packet_is_waited_for(server: Server) -> None:
    function, peers = server.fresh(), server.peers(30)
    whole = req(SUBMIT_JOB_BG, function, b"", b"abc")
    for place, peer in enumerate(peers, 1):
        peer.send(whole[: place % len(whole)])
    for _ in range(3):
        server.admin.expect_silence()
    assert server.counts(function) is None
    for place, peer in enumerate(peers, 1):
        peer.send(whole[place % len(whole) :])
        peer.receive_kind(JOB_CREATED)
    assert server.counts(function) == Counts(30, 0, 0)


@pytest.mark.usefixtures("neighbour")
def test_a_half_packet_of_one_who_leaves_is_forgotten(server: Server) -> None:
    function = server.fresh()
    whole = req(SUBMIT_JOB_BG, function, b"", b"abc" * 10000)
    for place in (1, 4, 11, 12, 13, 30, 9000, len(whole) - 1):
        peer, witness = server.peer(), server.fresh()
        peer.can_do(witness)
        peer.send(whole[:place])
        peer.close()
        server.await_counts(witness, Counts(0, 0, 0))
    assert server.counts(function) is None


def test_a_size_too_small_makes_the_rest_a_message_of_its_own(server: Server) -> None:
    body = b"%s\0\0da" % server.fresh()
    server.admin.send(header(b"\0REQ", SUBMIT_JOB_BG, len(body)), body, b"ta\n", req(ECHO_REQ, b"x"))
    server.admin.receive_kind(JOB_CREATED)
    server.admin.expect(b"ERR UNKNOWN_COMMAND Unknown+server+commandta\r\n", res(ECHO_RES, b"x"))


def test_a_size_too_large_swallows_the_next_message(server: Server) -> None:
    server.admin.send(header(b"\0REQ", ECHO_REQ, 6), b"abc")
    server.admin.send(b"status\n")
    server.admin.expect(res(ECHO_RES, b"abcsta"))
    server.admin.expect(b"ERR UNKNOWN_COMMAND Unknown+server+commandtus\r\n")


@pytest.mark.usefixtures("neighbour")
@pytest.mark.parametrize("text", [b"x" * 8193, b"word " * 4000, b"\xff" * 100_000])
def test_text_without_an_end_is_cut_off(server: Server, text: bytes) -> None:
    peer = server.peer()
    peer.settle()
    peer.send(text)
    if server.flavour.name == "gearfast":
        peer.expect(b"ERR LINE_TOO_LONG The+line+is+longer+than+8192+bytes\r\n")
    peer.expect_closed()
