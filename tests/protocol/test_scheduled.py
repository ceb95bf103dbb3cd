"""SUBMIT_JOB_EPOCH and SUBMIT_JOB_SCHED: jobs that wait for their time."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import pytest

from tests.protocol.peer import Peer
from tests.protocol.running import status
from tests.protocol.server import Counts, Server, Waiting
from tests.protocol.wire import (
    ERROR,
    GRAB_JOB,
    JOB_ASSIGN,
    NO_JOB,
    NOOP,
    PRE_SLEEP,
    SUBMIT_JOB,
    SUBMIT_JOB_BG,
    SUBMIT_JOB_EPOCH,
    SUBMIT_JOB_HIGH_BG,
    SUBMIT_JOB_LOW_BG,
    SUBMIT_JOB_SCHED,
    WORK_COMPLETE,
    req,
    res,
)

SOON = 2  # seconds ahead


def in_seconds(seconds: int) -> bytes:
    return b"%d" % (int(time.time()) + seconds)


def asleep(server: Server, *functions: bytes) -> Peer:
    worker = server.worker(*functions)
    worker.send(req(PRE_SLEEP))
    worker.expect_silence()
    return worker


@pytest.mark.parametrize(
    "when",
    [b"0", b"", b"abc", b"-1", b"-99999999999", b"1", b"12abc", b" 1000000000", b"+5", b"1000000000.5"],
)
def test_a_time_that_has_passed_or_is_none_is_now(server: Server, when: bytes) -> None:
    function = server.fresh()
    worker = asleep(server, function)
    handle = server.admin.submit(SUBMIT_JOB_EPOCH, function, b"", when, b"abc")
    worker.expect_noop()
    worker.send(req(GRAB_JOB))
    worker.expect(res(JOB_ASSIGN, handle, function, b"abc"))


@pytest.mark.parametrize("when", [b"4000000000", b" 4000000000x", b"99999999999", b"9223372036854775807"])
def test_a_future_job_is_counted_and_not_given(server: Server, when: bytes) -> None:
    function = server.fresh()
    handle = server.admin.submit(SUBMIT_JOB_EPOCH, function, b"u", when, b"abc")
    assert server.admin.submit(SUBMIT_JOB, function, b"u", b"") == handle
    assert server.counts(function) == Counts(1, 0, 0)
    assert server.waiting(function) == Waiting(0, 1, 0, 0)
    assert status(server.admin, handle) == [b"1", b"0", b"0", b"0"]
    worker = server.worker(function)
    worker.send(req(GRAB_JOB))
    worker.expect(res(NO_JOB))
    worker.send(req(PRE_SLEEP))
    worker.expect_silence()


def test_a_job_that_becomes_due_wakes_a_sleeper(every_gearfast: list[Server]) -> None:
    beginnings = []
    for server in every_gearfast:
        function = server.fresh()
        worker = asleep(server, server.fresh(), function)
        handle = server.admin.submit(SUBMIT_JOB_EPOCH, function, b"", in_seconds(SOON), b"abc")
        beginnings.append((worker, handle, function))
    for worker, handle, function in beginnings:
        worker.expect_noop()
        worker.send(req(GRAB_JOB), req(WORK_COMPLETE, handle, b""), req(GRAB_JOB))
        worker.expect(res(JOB_ASSIGN, handle, function, b"abc"), res(NO_JOB))


@pytest.mark.options("--worker-wakeup", "0")
def test_a_job_that_becomes_due_wakes_every_sleeper_if_asked_to(every_gearfast: list[Server]) -> None:
    beginnings = []
    for server in every_gearfast:
        function = server.fresh()
        workers = [asleep(server, function) for _ in range(3)]
        beginnings.append(workers)
        server.admin.submit(SUBMIT_JOB_EPOCH, function, b"", in_seconds(SOON), b"abc")
    for workers in beginnings:
        for worker in workers:
            worker.expect_noop()


def test_a_due_job_stands_where_it_was_submitted(every_gearfast: list[Server]) -> None:
    beginnings = []
    for server in every_gearfast:
        function, witness = server.fresh(), server.fresh()
        for index in range(2):
            server.admin.submit(SUBMIT_JOB_EPOCH, function, b"", in_seconds(SOON - 1), b"epoch%d" % index)
            server.admin.submit(SUBMIT_JOB_BG, function, b"", b"now%d" % index)
        beginnings.append((server, function, asleep(server, witness)))
        server.admin.submit(SUBMIT_JOB_EPOCH, witness, b"", in_seconds(SOON), b"")
    for server, function, sleeper in beginnings:
        sleeper.expect_noop()
        server.admin.submit(SUBMIT_JOB_HIGH_BG, function, b"", b"high")
        worker, order = server.worker(function), []
        for _ in range(5):
            worker.send(req(GRAB_JOB))
            order.append(worker.receive_kind(JOB_ASSIGN).args[2])
        assert order == [b"high", b"epoch0", b"now0", b"epoch1", b"now1"]


def test_jobs_due_at_once_come_in_the_order_of_submission(every_gearfast: list[Server]) -> None:
    beginnings = []
    for server in every_gearfast:
        function = server.fresh()
        worker = asleep(server, function)
        handles = [
            server.admin.submit(SUBMIT_JOB_EPOCH, function, b"", when, b"")
            for when in [in_seconds(SOON)] * 20
        ]
        beginnings.append((worker, handles))
    for worker, handles in beginnings:
        worker.expect_noop()
        worker.send(*[req(GRAB_JOB)] * len(handles))
        assert [worker.receive_kind(JOB_ASSIGN).args[0] for _ in handles] == handles


def test_a_future_job_does_not_hide_those_of_lower_priority(gearfast: Server) -> None:
    function = gearfast.fresh()
    gearfast.admin.submit(SUBMIT_JOB_EPOCH, function, b"", b"4000000000", b"future")
    low = gearfast.admin.submit(SUBMIT_JOB_LOW_BG, function, b"", b"low")
    worker = gearfast.worker(function)
    worker.send(req(PRE_SLEEP))
    worker.expect(res(NOOP))
    worker.send(req(GRAB_JOB), req(GRAB_JOB))
    worker.expect(res(JOB_ASSIGN, low, function, b"low"), res(NO_JOB))


def far_away() -> tuple[bytes, bytes]:
    """Day and month half a year ahead."""
    day = datetime.now() + timedelta(days=180)
    return b"%d" % min(day.day, 28), b"%d" % day.month


def schedule(server: Server, *fields: bytes) -> tuple[bytes, bytes]:
    """Submits for minute, hour, day, month, weekday: (function, handle)"""
    function = server.fresh()
    return function, server.admin.submit(SUBMIT_JOB_SCHED, function, b"u", *fields, b"abc")


@pytest.mark.parametrize(
    ("minute", "hour", "weekday"),
    [(b"0", b"0", b""), (b"59", b"23", b"*"), (b"", b"", b""), (b"*", b"*", b"*"), (b"07", b"9", b"")],
)
def test_a_scheduled_job_waits(gearfast: Server, minute: bytes, hour: bytes, weekday: bytes) -> None:
    function, handle = schedule(gearfast, minute, hour, *far_away(), weekday)
    assert gearfast.counts(function) == Counts(1, 0, 0)
    assert gearfast.waiting(function) == Waiting(0, 1, 0, 0)
    assert gearfast.jobs()[handle] == (0, 0, 1)
    assert status(gearfast.admin, handle) == [b"1", b"0", b"0", b"0"]
    worker = asleep(gearfast, function)
    worker.send(req(GRAB_JOB))
    worker.expect(res(NO_JOB))


def test_a_scheduled_job_shares_its_unique_and_can_be_cancelled(gearfast: Server) -> None:
    function, handle = schedule(gearfast, b"0", b"0", *far_away(), b"")
    assert gearfast.admin.submit(SUBMIT_JOB_BG, function, b"u", b"") == handle
    assert gearfast.admin.ask(b"cancel job " + handle) == b"OK\r\n"
    assert gearfast.counts(function) == Counts(0, 0, 0)


@pytest.mark.parametrize("weekday", [b"0", b"1", b"2", b"3", b"4", b"5", b"6"])
def test_every_weekday(gearfast: Server, weekday: bytes) -> None:
    function, handle = schedule(gearfast, b"0", b"0", b"", far_away()[1], weekday)
    assert gearfast.counts(function) == Counts(1, 0, 0)
    assert status(gearfast.admin, handle) == [b"1", b"0", b"0", b"0"]


def test_the_leap_day(gearfast: Server) -> None:
    function, _ = schedule(gearfast, b"0", b"0", b"29", b"2", b"")
    assert gearfast.counts(function) == Counts(1, 0, 0)


@pytest.mark.parametrize(
    "fields",
    [
        (b"60", b"0", b"1", b"1", b""),
        (b"0", b"24", b"1", b"1", b""),
        (b"0", b"0", b"0", b"1", b""),
        (b"0", b"0", b"32", b"1", b""),
        (b"0", b"0", b"1", b"0", b""),
        (b"0", b"0", b"1", b"13", b""),
        (b"0", b"0", b"1", b"1", b"7"),
        (b"0", b"0", b"30", b"2", b""),
        (b"-1", b"0", b"1", b"1", b""),
        (b"x", b"0", b"1", b"1", b""),
        (b"0", b"0x", b"1", b"1", b""),
        (b"0", b"0", b"1-5", b"1", b""),
        (b"*/5", b"0", b"1", b"1", b""),
        (b"0", b"0", b"1", b"Jan", b""),
        (b"0", b"0", b"1", b"1", b"mon"),
        (b" ", b"0", b"1", b"1", b""),
        (b"0", b"**", b"1", b"1", b""),
        (b"4294967296", b"0", b"1", b"1", b""),
    ],
)
def test_a_schedule_that_never_comes_is_refused(gearfast: Server, fields: tuple[bytes, ...]) -> None:
    function = gearfast.fresh()
    gearfast.admin.send(req(SUBMIT_JOB_SCHED, function, b"", *fields, b"abc"))
    assert gearfast.admin.receive_kind(ERROR).args[0] != b"INVALID_COMMAND"
    gearfast.admin.expect_silence()
    assert gearfast.counts(function) in (None, Counts(0, 0, 0))
