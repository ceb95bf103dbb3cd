"""Well-framed packets with arguments that are missing, too long or without sense."""

from __future__ import annotations

import pytest

from tests.protocol.golden.errors import HANDLE_TOO_LONG, UNIQUE_TOO_LARGE
from tests.protocol.peer import Peer
from tests.protocol.running import Running
from tests.protocol.server import Counts, Server
from tests.protocol.wire import (
    CAN_DO,
    CAN_DO_TIMEOUT,
    CANT_DO,
    ECHO_REQ,
    ECHO_RES,
    ERROR,
    GET_STATUS,
    GET_STATUS_UNIQUE,
    GRAB_JOB,
    GRAB_JOB_UNIQ,
    JOB_ASSIGN,
    JOB_ASSIGN_UNIQ,
    NAMES,
    NO_JOB,
    OPTION_REQ,
    OPTION_RES,
    SET_CLIENT_ID,
    SUBMIT_JOB,
    SUBMIT_JOB_BG,
    SUBMIT_JOB_EPOCH,
    SUBMIT_JOB_HIGH,
    SUBMIT_JOB_HIGH_BG,
    SUBMIT_JOB_LOW,
    SUBMIT_JOB_LOW_BG,
    SUBMIT_JOB_SCHED,
    SUBMIT_REDUCE_JOB,
    SUBMIT_REDUCE_JOB_BACKGROUND,
    WORK_COMPLETE,
    WORK_DATA,
    WORK_EXCEPTION,
    WORK_FAIL,
    WORK_STATUS,
    WORK_WARNING,
    req,
    res,
)

SUBMITS = [
    SUBMIT_JOB,
    SUBMIT_JOB_BG,
    SUBMIT_JOB_HIGH,
    SUBMIT_JOB_HIGH_BG,
    SUBMIT_JOB_LOW,
    SUBMIT_JOB_LOW_BG,
    SUBMIT_JOB_EPOCH,
    SUBMIT_REDUCE_JOB,
    SUBMIT_REDUCE_JOB_BACKGROUND,
    SUBMIT_JOB_SCHED,
]
TERMINATORS = dict.fromkeys(SUBMITS, 2) | {
    SUBMIT_JOB_EPOCH: 3,
    SUBMIT_REDUCE_JOB: 4,
    SUBMIT_REDUCE_JOB_BACKGROUND: 4,
    SUBMIT_JOB_SCHED: 7,
    CAN_DO_TIMEOUT: 1,
    WORK_STATUS: 2,
    WORK_DATA: 1,
    WORK_WARNING: 1,
    WORK_COMPLETE: 1,
    WORK_EXCEPTION: 1,
}
RESULTS = [WORK_DATA, WORK_WARNING, WORK_COMPLETE, WORK_EXCEPTION]
TOO_FEW = [
    (kind, found, word)
    for kind, wanted in TERMINATORS.items()
    for found in range(wanted)
    for word in (b"", b"word")
    if kind not in RESULTS or word == b""
]


def expect_error(peer: Peer, code: bytes) -> None:
    """An ERROR with this code and any text; the connection goes on."""
    assert peer.receive_kind(ERROR).args[0] == code
    peer.expect_silence()


@pytest.mark.parametrize(("kind", "found", "word"), TOO_FEW)
def test_missing_terminators_end_the_connection(gearfast: Server, kind: int, found: int, word: bytes) -> None:
    """gearmand takes them from the next packet."""
    job, peer = Running(gearfast), gearfast.peer()
    peer.send(req(ECHO_REQ, b"before"), req(kind, *[word] * (found + 1)), req(ECHO_REQ, b"after"))
    peer.expect(res(ECHO_RES, b"before"))
    assert peer.receive_kind(ERROR).args[0] == b"INVALID_PACKET"
    peer.expect_closed()
    job.worker.send(req(WORK_COMPLETE, job.handle, b"done"))
    job.client.expect(res(WORK_COMPLETE, job.handle, b"done"))


@pytest.mark.parametrize("kind", RESULTS, ids=NAMES.get)
def test_a_result_of_a_handle_alone_has_no_data(gearfast: Server, kind: int) -> None:
    """So says Perl's worker that it has nothing to say; clients need the terminator."""
    job = Running(gearfast)
    job.client.send(req(OPTION_REQ, b"exceptions"))
    job.client.expect(res(OPTION_RES, b"exceptions"))
    job.worker.send(req(kind, job.handle), req(ECHO_REQ, b"after"))
    job.worker.expect(res(ECHO_RES, b"after"))
    job.client.expect(res(kind, job.handle, b""))
    job.client.expect_silence()


@pytest.mark.parametrize("kind", TERMINATORS, ids=NAMES.get)
def test_empty_arguments_are_arguments(gearfast: Server, kind: int) -> None:
    peer = gearfast.peer()
    peer.send(req(kind, *[b""] * (TERMINATORS[kind] + 1)), req(CANT_DO, b""))
    if kind in SUBMITS:
        peer.receive()
    elif kind != CAN_DO_TIMEOUT:
        assert peer.receive_kind(ERROR).args[0] == b"JOB_NOT_FOUND"
    peer.expect_silence()


def do_a_job(server: Server, function: bytes) -> None:
    worker = server.worker(function)
    handle = server.admin.submit(SUBMIT_JOB_BG, function, b"", b"abc")
    worker.send(req(GRAB_JOB))
    worker.expect(res(JOB_ASSIGN, handle, function, b"abc"))


def test_a_long_function(server: Server) -> None:
    do_a_job(server, server.fresh() + b"f" * 8000)


def test_the_longest_function(gearfast: Server) -> None:
    do_a_job(gearfast, gearfast.fresh() + b"f" * (8191 - 9))


def test_the_longest_handle_asked_for(server: Server) -> None:
    handle = b"h" * 63
    server.admin.send(req(GET_STATUS, handle), req(GET_STATUS_UNIQUE, handle))
    assert server.admin.receive().args == [handle, b"0", b"0", b"0", b"0"]
    assert server.admin.receive().args == [handle, b"0", b"0", b"0", b"0", b"0"]


@pytest.mark.parametrize("kind", [CAN_DO, CANT_DO, CAN_DO_TIMEOUT, *SUBMITS], ids=NAMES.get)
@pytest.mark.parametrize("size", [8192, 8193, 100_000])
def test_a_function_too_long(gearfast: Server, kind: int, size: int) -> None:
    arguments = [b""] * TERMINATORS.get(kind, 0)
    peer = gearfast.peer()
    peer.send(req(kind, b"f" * size, *arguments))
    expect_error(peer, b"ARGUMENT_TOO_LARGE")


@pytest.mark.parametrize(
    "kind",
    [
        SET_CLIENT_ID,
        GET_STATUS,
        GET_STATUS_UNIQUE,
        WORK_FAIL,
        WORK_STATUS,
        WORK_DATA,
        WORK_WARNING,
        WORK_COMPLETE,
        WORK_EXCEPTION,
    ],
    ids=NAMES.get,
)
def test_another_argument_too_long(gearfast: Server, kind: int) -> None:
    peer = gearfast.peer()
    peer.send(req(kind, b"a" * 8192, *[b""] * TERMINATORS.get(kind, 0)))
    expect_error(peer, b"ARGUMENT_TOO_LARGE")


@pytest.mark.parametrize("size", [65, 100, 8000])
@pytest.mark.parametrize("kind", SUBMITS, ids=NAMES.get)
def test_a_unique_too_long(gearfast: Server, kind: int, size: int) -> None:
    function, arguments = gearfast.fresh(), [b""] * (TERMINATORS[kind] - 2)
    gearfast.admin.send(req(kind, function, b"u" * size, *arguments, b"abc"))
    gearfast.admin.expect(UNIQUE_TOO_LARGE)
    gearfast.admin.expect_silence()
    assert gearfast.counts(function) in (None, Counts(0, 0, 0))


def test_a_handle_too_long_to_ask_for(gearfast: Server) -> None:
    for size in (64, 100, 8191):
        gearfast.admin.send(req(GET_STATUS, b"h" * size))
        gearfast.admin.expect(HANDLE_TOO_LONG)
    gearfast.admin.expect_silence()


def test_a_unique_too_long_to_ask_for(gearfast: Server) -> None:
    for size in (65, 100, 8191):
        gearfast.admin.send(req(GET_STATUS_UNIQUE, b"u" * size))
        gearfast.admin.expect(UNIQUE_TOO_LARGE)
    gearfast.admin.expect_silence()


@pytest.mark.parametrize("limit", [b"9" * 20, b"9" * 21, b"-" + b"9" * 20, b" " * 21, b"1000" + b"x" * 17])
def test_a_time_out_that_does_not_fit(gearfast: Server, limit: bytes) -> None:
    function, worker = gearfast.fresh(), gearfast.peer()
    worker.send(req(CAN_DO_TIMEOUT, function, limit))
    worker.receive_kind(ERROR)
    worker.expect_silence()
    assert gearfast.counts(function) in (None, Counts(0, 0, 0))


@pytest.mark.parametrize("when", [b"9223372036854775808", b"-9223372036854775809", b"9" * 100])
def test_an_epoch_that_does_not_fit(gearfast: Server, when: bytes) -> None:
    function = gearfast.fresh()
    gearfast.admin.send(req(SUBMIT_JOB_EPOCH, function, b"", when, b"abc"))
    gearfast.admin.receive_kind(ERROR)
    gearfast.admin.expect_silence()
    assert gearfast.counts(function) in (None, Counts(0, 0, 0))


def test_surplus_terminators_belong_to_the_last_argument(server: Server) -> None:
    function = server.fresh()
    handle = server.admin.submit(SUBMIT_JOB_BG, function, b"u", b"", b"", b"abc", b"")
    worker = server.worker(function)
    worker.send(req(GRAB_JOB_UNIQ))
    worker.expect(res(JOB_ASSIGN_UNIQ, handle, function, b"u", b"", b"", b"abc", b""))
    other = server.worker(function + b"\0\0")
    other.send(req(GRAB_JOB))
    other.expect(res(NO_JOB))
