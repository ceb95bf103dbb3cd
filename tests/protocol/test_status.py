"""GET_STATUS, GET_STATUS_UNIQUE, OPTION_REQ and SET_CLIENT_ID beyond the literal conversations."""

from __future__ import annotations

import pytest

from tests.protocol.golden.errors import UNKNOWN_OPTION
from tests.protocol.running import Running, status
from tests.protocol.server import Server
from tests.protocol.wire import (
    ECHO_REQ,
    ECHO_RES,
    GET_STATUS,
    GET_STATUS_UNIQUE,
    OPTION_REQ,
    OPTION_RES,
    SET_CLIENT_ID,
    STATUS_RES,
    STATUS_RES_UNIQUE,
    SUBMIT_JOB,
    SUBMIT_JOB_BG,
    SUBMIT_JOB_EPOCH,
    WORK_COMPLETE,
    WORK_STATUS,
    req,
    res,
)

UNKNOWN = [b"0"] * 4


@pytest.mark.parametrize("kind", [SUBMIT_JOB, SUBMIT_JOB_BG])
def test_anybody_may_ask_for_any_job(server: Server, kind: int) -> None:
    job = Running(server, kind)
    job.worker.send(req(WORK_STATUS, job.handle, b"3", b"10"))
    job.worker.settle()
    assert status(server.peer(), job.handle) == [b"1", b"1", b"3", b"10"]
    job.worker.send(req(WORK_COMPLETE, job.handle, b""))
    job.worker.settle()
    assert status(server.peer(), job.handle) == UNKNOWN


def test_handles_that_are_none_are_echoed(server: Server) -> None:
    for handle in (
        b"",
        b"x",
        b"H:test:",
        b"H:test:0",
        b"H:test:18446744073709551617",
        b"h" * 63,
        b"\xff\n\t",
    ):
        assert status(server.admin, handle) == UNKNOWN


def test_handles_that_resemble_one_are_unknown(server: Server) -> None:
    job = Running(server)
    number = job.handle.rpartition(b":")[2]
    for handle in (b"H:TEST:" + number, b"H:test:0" + number, b"H:test:+" + number, job.handle + b" "):
        assert status(server.admin, handle) == UNKNOWN


def test_the_handle_ends_at_its_nul(server: Server) -> None:
    job = Running(server)
    server.admin.send(req(GET_STATUS, job.handle, b"junk"))
    server.admin.expect(res(STATUS_RES, job.handle, b"1", b"1", b"0", b"0"))


def test_a_future_job_is_known_and_waits(server: Server) -> None:
    function, unique = server.fresh(), server.fresh()
    handle = server.admin.submit(SUBMIT_JOB_EPOCH, function, unique, b"4000000000", b"")
    assert status(server.admin, handle) == [b"1", b"0", b"0", b"0"]
    server.admin.send(req(GET_STATUS_UNIQUE, unique))
    server.admin.expect(res(STATUS_RES_UNIQUE, unique, b"1", b"0", b"0", b"0", b"0"))


def test_of_several_functions_with_a_unique_the_newest_job_answers(server: Server) -> None:
    unique = server.fresh()
    older, newer = Running(server, SUBMIT_JOB, unique), Running(server, SUBMIT_JOB, unique)
    older.worker.send(req(WORK_STATUS, older.handle, b"1", b"2"))
    newer.worker.send(req(WORK_STATUS, newer.handle, b"3", b"4"))
    older.worker.settle()
    newer.worker.settle()
    server.admin.send(req(GET_STATUS_UNIQUE, unique))
    server.admin.expect(res(STATUS_RES_UNIQUE, unique, b"1", b"1", b"3", b"4", b"1"))
    newer.worker.send(req(WORK_COMPLETE, newer.handle, b""))
    newer.worker.settle()
    server.admin.send(req(GET_STATUS_UNIQUE, unique))
    server.admin.expect(res(STATUS_RES_UNIQUE, unique, b"1", b"1", b"1", b"2", b"1"))


@pytest.mark.parametrize("unique", [b"", b"-"])
def test_uniques_that_are_none_are_unknown(server: Server, unique: bytes) -> None:
    server.admin.submit(SUBMIT_JOB_BG, server.fresh(), unique, b"abc")
    server.admin.send(req(GET_STATUS_UNIQUE, unique))
    server.admin.expect(res(STATUS_RES_UNIQUE, unique, *UNKNOWN, b"0"))


def test_the_unique_ends_at_its_nul(server: Server) -> None:
    unique = server.fresh()
    server.admin.submit(SUBMIT_JOB_BG, server.fresh(), unique, b"")
    server.admin.send(req(GET_STATUS_UNIQUE, unique, b"junk"))
    server.admin.expect(res(STATUS_RES_UNIQUE, unique, b"1", b"0", b"0", b"0", b"0"))


@pytest.mark.parametrize(
    "option", [b"exceptions", b"EXCEPTIONS", b"exceptions\0", b"exceptions\0" + b"x" * 40]
)
def test_the_option_is_echoed_verbatim(server: Server, option: bytes) -> None:
    server.admin.send(req(OPTION_REQ, option))
    server.admin.expect(res(OPTION_RES, option))


@pytest.mark.parametrize(
    "option", [b"", b"exception", b"exceptionsx", b" exceptions", b"\0exceptions", b"x" * 63]
)
def test_other_options_are_refused(server: Server, option: bytes) -> None:
    server.admin.send(req(OPTION_REQ, option))
    server.admin.expect(UNKNOWN_OPTION)
    server.admin.expect_silence()


def test_the_client_id_is_shown_up_to_its_nul(server: Server) -> None:
    for said, shown in [(b"id-%s", b"id-%s"), (b"id-%s\0junk", b"id-%s"), (b"\xc3\xa9%s", b"\xc3\xa9%s")]:
        peer, name = server.peer(), server.fresh()
        peer.send(req(SET_CLIENT_ID, said % name))
        peer.expect_silence()
        assert server.registrations(shown % name) == []


def test_the_client_id_may_change(server: Server) -> None:
    peer, names = server.peer(), [server.fresh() for _ in range(3)]
    for name in names:
        peer.send(req(SET_CLIENT_ID, name))
    peer.settle()
    assert server.registrations(names[-1]) == []
    assert names[0] not in server.admin.ask_table(b"workers")


def test_a_long_client_id_is_cut(server: Server) -> None:
    peer, name = server.peer(), server.fresh()
    peer.send(req(SET_CLIENT_ID, name + b"x" * 200))
    peer.expect_silence()
    assert server.registrations(name + b"x" * (127 - len(name))) == []


def test_large_echoes_come_back_whole(server: Server) -> None:
    payload = bytes(range(256)) * 4096
    server.admin.send(req(ECHO_REQ, payload))
    server.admin.expect(res(ECHO_RES, payload))
