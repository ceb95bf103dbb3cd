"""CAN_DO, CANT_DO and RESET_ABILITIES: what a connection is registered for, and what is kept of it."""

from __future__ import annotations

import pytest

from tests.protocol.golden.errors import RESULT_FOR_NO_JOB
from tests.protocol.server import Counts, Server
from tests.protocol.wire import (
    CAN_DO,
    CAN_DO_TIMEOUT,
    CANT_DO,
    GRAB_JOB,
    JOB_ASSIGN,
    NO_JOB,
    RESET_ABILITIES,
    SET_CLIENT_ID,
    SUBMIT_JOB_BG,
    WORK_COMPLETE,
    req,
    res,
)


def test_can_do_twice_counts_twice_and_one_cant_do_takes_both_back(server: Server) -> None:
    function, name = server.fresh(), server.fresh()
    worker = server.peer()
    worker.send(req(SET_CLIENT_ID, name))
    worker.can_do(function, function)
    assert server.counts(function) == Counts(0, 0, 2)
    assert server.registrations(name) == [function, function]
    worker.send(req(CANT_DO, function))
    worker.settle()
    assert server.counts(function) == Counts(0, 0, 0)
    assert server.registrations(name) == []


def test_registrations_are_listed_newest_first(server: Server) -> None:
    functions, name = [server.fresh() for _ in range(4)], server.fresh()
    worker = server.peer()
    worker.send(req(SET_CLIENT_ID, name))
    worker.can_do(*functions)
    assert server.registrations(name) == functions[::-1]
    worker.send(req(CANT_DO, functions[1]), req(CAN_DO, functions[0]))
    worker.settle()
    assert server.registrations(name) == [functions[0], functions[3], functions[2], functions[0]]


def test_reset_abilities_takes_everything_back(server: Server) -> None:
    functions = [server.fresh() for _ in range(3)]
    worker = server.worker(*functions)
    worker.send(req(RESET_ABILITIES))
    worker.settle()
    assert [server.counts(function) for function in functions] == [Counts(0, 0, 0)] * 3


def test_reset_abilities_gives_running_jobs_back(server: Server) -> None:
    function = server.fresh()
    worker, handle = server.worker(function), server.peer().submit(SUBMIT_JOB_BG, function, b"", b"abc")
    worker.send(req(GRAB_JOB))
    worker.expect(res(JOB_ASSIGN, handle, function, b"abc"))
    worker.send(req(RESET_ABILITIES), req(WORK_COMPLETE, handle, b""))
    worker.expect(RESULT_FOR_NO_JOB)
    assert server.counts(function) == Counts(1, 0, 0)
    assert server.jobs()[handle] == (1, 0, 1)


def test_cant_do_leaves_the_jobs_of_other_functions_alone(server: Server) -> None:
    kept, other = server.fresh(), server.fresh()
    worker, handle = server.worker(kept, other), server.peer().submit(SUBMIT_JOB_BG, kept, b"", b"abc")
    worker.send(req(GRAB_JOB), req(CANT_DO, other))
    worker.expect(res(JOB_ASSIGN, handle, kept, b"abc"))
    worker.expect_silence()
    assert server.counts(kept) == Counts(1, 1, 1)
    worker.send(req(WORK_COMPLETE, handle, b""))
    worker.expect_silence()
    assert server.counts(kept) == Counts(0, 0, 1)


def test_can_do_takes_the_rest_of_the_packet_as_the_name(server: Server) -> None:
    function = server.fresh()
    handle = server.peer().submit(SUBMIT_JOB_BG, function, b"", b"abc")
    worker = server.worker(function + b"\0")
    worker.send(req(GRAB_JOB))
    worker.expect(res(NO_JOB))
    worker.send(req(CANT_DO, function + b"\0"), req(CAN_DO, function), req(GRAB_JOB))
    worker.expect(res(JOB_ASSIGN, handle, function, b"abc"))


def test_can_do_timeout_ends_the_name_at_its_nul(server: Server) -> None:
    function, name = server.fresh(), server.fresh()
    worker = server.peer()
    worker.send(req(SET_CLIENT_ID, name), req(CAN_DO_TIMEOUT, function, b"1000\0"))
    worker.settle()
    assert server.registrations(name) == [function]


def test_the_function_without_a_name_is_one_like_others(server: Server) -> None:
    worker = server.worker(b"")
    handle = server.peer().submit(SUBMIT_JOB_BG, b"", b"", b"abc")
    worker.send(req(GRAB_JOB))
    worker.expect(res(JOB_ASSIGN, handle, b"", b"abc"))
    worker.send(req(WORK_COMPLETE, handle, b""))
    worker.expect_silence()


def test_function_names_are_compared_byte_by_byte(server: Server) -> None:
    function = server.fresh()
    worker = server.worker(function.upper(), function + b" ", b" " + function, function[:-1])
    server.peer().submit(SUBMIT_JOB_BG, function, b"", b"abc")
    worker.send(req(GRAB_JOB))
    worker.expect(res(NO_JOB))


@pytest.mark.parametrize("kind", [CAN_DO, CANT_DO, CAN_DO_TIMEOUT, SUBMIT_JOB_BG])
def test_a_function_begins_at_its_first_mention_and_stays(server: Server, kind: int) -> None:
    function = server.fresh()
    arguments = {CAN_DO_TIMEOUT: [b"1000"], SUBMIT_JOB_BG: [b"", b""]}.get(kind, [])
    peer = server.peer()
    peer.send(req(kind, function, *arguments))
    if kind == SUBMIT_JOB_BG:
        peer.receive()
    server.leave(peer)
    assert (server.counts(function) is None) == (kind == CANT_DO)
