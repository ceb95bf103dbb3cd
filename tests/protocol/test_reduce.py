"""SUBMIT_REDUCE_JOB and its background form, with the fourth argument that is thrown away."""

from __future__ import annotations

import pytest

from tests.protocol.server import Counts, Server, Waiting
from tests.protocol.wire import (
    GRAB_JOB,
    GRAB_JOB_ALL,
    GRAB_JOB_UNIQ,
    JOB_ASSIGN,
    JOB_ASSIGN_ALL,
    JOB_ASSIGN_UNIQ,
    SUBMIT_REDUCE_JOB,
    SUBMIT_REDUCE_JOB_BACKGROUND,
    WORK_COMPLETE,
    req,
    res,
)

each_kind = pytest.mark.parametrize("kind", [SUBMIT_REDUCE_JOB, SUBMIT_REDUCE_JOB_BACKGROUND])


@each_kind
def test_the_three_ways_to_grab_it(server: Server, kind: int) -> None:
    function = server.fresh()
    uniques = [b"one", b"", b"three"]
    handles = [server.admin.submit(kind, function, unique, b"red", b"agg", b"a\0b") for unique in uniques]
    worker = server.worker(function)
    worker.send(req(GRAB_JOB), req(GRAB_JOB_UNIQ), req(GRAB_JOB_ALL))
    worker.expect(res(JOB_ASSIGN, handles[0], function, b"a\0b"))
    worker.expect(res(JOB_ASSIGN_UNIQ, handles[1], function, b"", b"a\0b"))
    worker.expect(res(JOB_ASSIGN_ALL, handles[2], function, b"three", b"red", b"a\0b"))


@each_kind
def test_it_waits_at_normal_priority(server: Server, kind: int) -> None:
    function = server.fresh()
    server.admin.submit(kind, function, b"", b"red", b"", b"")
    assert server.waiting(function) == Waiting(0, 1, 0, 0)


@each_kind
def test_without_a_reducer_it_is_an_ordinary_job(server: Server, kind: int) -> None:
    function = server.fresh()
    handle = server.admin.submit(kind, function, b"u", b"", b"", b"abc")
    worker = server.worker(function)
    worker.send(req(GRAB_JOB_ALL))
    worker.expect(res(JOB_ASSIGN_UNIQ, handle, function, b"u", b"abc"))


@each_kind
def test_the_longest_reducer(server: Server, kind: int) -> None:
    function = server.fresh()
    handle = server.admin.submit(kind, function, b"u", b"r" * 64, b"a" * 500, b"abc")
    worker = server.worker(function)
    worker.send(req(GRAB_JOB_ALL))
    worker.expect(res(JOB_ASSIGN_ALL, handle, function, b"u", b"r" * 64, b"abc"))


@each_kind
def test_the_reducer_stays_when_the_job_is_put_back(server: Server, kind: int) -> None:
    function = server.fresh()
    handle = server.admin.submit(kind, function, b"u", b"red", b"", b"abc")
    first = server.worker(function)
    first.send(req(GRAB_JOB))
    first.expect(res(JOB_ASSIGN, handle, function, b"abc"))
    server.leave(first)
    second = server.worker(function)
    second.send(req(GRAB_JOB_ALL))
    second.expect(res(JOB_ASSIGN_ALL, handle, function, b"u", b"red", b"abc"))


def test_who_submits_hears_the_result_unless_in_the_background(server: Server) -> None:
    for kind in (SUBMIT_REDUCE_JOB, SUBMIT_REDUCE_JOB_BACKGROUND):
        function, client = server.fresh(), server.peer()
        handle = client.submit(kind, function, b"", b"red", b"", b"abc")
        worker = server.worker(function)
        worker.send(req(GRAB_JOB_ALL))
        worker.expect(res(JOB_ASSIGN_ALL, handle, function, b"", b"red", b"abc"))
        worker.send(req(WORK_COMPLETE, handle, b"done"))
        worker.settle()
        if kind == SUBMIT_REDUCE_JOB:
            client.expect(res(WORK_COMPLETE, handle, b"done"))
        client.expect_silence()
        assert server.counts(function) == Counts(0, 0, 1)
