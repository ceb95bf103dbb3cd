"""What crashes, hangs or leaks in gearmand, and does not here.

The quirks of stores, TLS and HTTP (7, 8, 10, 13, 20) are tested with those parts.
"""

from __future__ import annotations

import os
import re
import resource
from pathlib import Path

import pytest

from tests.protocol.golden.errors import RESULT_FOR_NO_JOB, UNIQUE_TOO_LARGE
from tests.protocol.peer import Peer
from tests.protocol.running import Running, Timed, status
from tests.protocol.server import Counts, Server, until
from tests.protocol.wire import (
    CAN_DO,
    CAN_DO_TIMEOUT,
    CANT_DO,
    ERROR,
    GRAB_JOB,
    GRAB_JOB_ALL,
    GRAB_JOB_UNIQ,
    HEADER,
    JOB_ASSIGN,
    JOB_CREATED,
    NO_JOB,
    REQUEST,
    SUBMIT_JOB,
    SUBMIT_JOB_BG,
    SUBMIT_JOB_EPOCH,
    SUBMIT_REDUCE_JOB,
    SUBMIT_REDUCE_JOB_BACKGROUND,
    WORK_COMPLETE,
    WORK_FAIL,
    error,
    req,
    res,
)
from tests.support.gearfast_process import gearfast as start_gearfast


@pytest.mark.parametrize("number", [0x80000000, 0xFFFFFFFF])
def test_q01_a_huge_command_number(gearfast: Server, number: int) -> None:
    peer = gearfast.peer()
    peer.send(HEADER.pack(REQUEST, number, 0))
    peer.expect(error(b"INVALID_COMMAND", b"Invalid command expected"))
    peer.expect_closed()
    gearfast.peer().expect_silence()


def test_q02_create_function_with_a_bare_line_feed(gearfast: Server) -> None:
    function = gearfast.fresh()
    assert gearfast.admin.ask(b"create function " + function) == b"OK\r\n"
    assert gearfast.counts(function) == Counts(0, 0, 0)
    assert gearfast.counts(function[:-1]) is None


def test_q02_create_function_without_a_name(gearfast: Server) -> None:
    assert gearfast.admin.ask(b"create function ") == b"OK\r\n"
    assert gearfast.counts(b"") == Counts(0, 0, 0)
    assert gearfast.admin.ask(b"drop function ") == b"OK\r\n"


def test_q03_a_timer_ends_with_its_job(every_gearfast: list[Server]) -> None:
    every = []
    for server in every_gearfast:
        done, clock = Timed(server, b"1000"), Timed(server, b"1000")
        handle = done.run(done.worker)
        done.worker.send(req(WORK_COMPLETE, handle, b""))
        done.worker.settle()
        clock.run(clock.worker)
        every.append((server, done, clock))
    for server, done, clock in every:
        clock.other.expect_noop()
        assert server.counts(done.function) == Counts(0, 0, 2)
        done.other.expect_silence()
        waiting = server.admin.submit(SUBMIT_JOB_BG, done.function, b"", b"abc")
        assert server.waiting(done.function) == (0, 1, 0, 2)
        done.worker.send(req(CANT_DO, done.function), req(CAN_DO, done.function), req(GRAB_JOB))
        done.worker.expect(res(JOB_ASSIGN, waiting, done.function, b"abc"))


def test_q03_each_running_job_has_a_timer_of_its_own(every_gearfast: list[Server]) -> None:
    every = []
    for server in every_gearfast:
        for quick_first in (True, False):
            quick, slow, worker = Timed(server, b"1000"), Timed(server, b"60000"), server.peer()
            worker.send(req(CAN_DO_TIMEOUT, quick.function, b"1000"))
            worker.send(req(CAN_DO_TIMEOUT, slow.function, b"60000"))
            for timed in (quick, slow) if quick_first else (slow, quick):
                timed.run(worker)
            every.append((server, quick, slow))
    for server, quick, slow in every:
        quick.other.expect_noop()
        assert server.counts(quick.function) == Counts(1, 0, 3)
        assert server.counts(slow.function) == Counts(1, 1, 3)


def test_q06_drop_function_fails_the_waiting_jobs(gearfast: Server) -> None:
    function, unique, client = gearfast.fresh(), gearfast.fresh(), gearfast.peer()
    foreground = client.submit(SUBMIT_JOB, function, unique, b"abc")
    background = client.submit(SUBMIT_JOB_BG, function, b"", b"abc")
    future = client.submit(SUBMIT_JOB_EPOCH, function, b"", b"4000000000", b"abc")
    assert gearfast.admin.ask(b"drop function " + function) == b"OK\r\n"
    client.expect(res(WORK_FAIL, foreground))
    client.expect_silence()
    for handle in (foreground, background, future):
        assert status(gearfast.admin, handle) == [b"0"] * 4
    assert not {foreground, background, future} & gearfast.jobs().keys()
    other = gearfast.fresh()
    handle = client.submit(SUBMIT_JOB, other, unique, b"new")
    assert handle not in (foreground, background, future)
    worker = gearfast.worker(other)
    worker.send(req(GRAB_JOB), req(WORK_COMPLETE, handle, b"done"))
    worker.expect(res(JOB_ASSIGN, handle, other, b"new"))
    client.expect(res(WORK_COMPLETE, handle, b"done"))


def test_q06_a_dropped_function_is_forgotten_by_those_who_used_it(gearfast: Server) -> None:
    function, client = gearfast.fresh(), gearfast.peer()
    for _ in range(3):
        handle = client.submit(SUBMIT_JOB_BG, function, b"", b"abc")
        assert gearfast.admin.ask(b"drop function " + function) == b"OK\r\n"
    handle = client.submit(SUBMIT_JOB_BG, function, b"", b"abc")
    assert gearfast.counts(function) == Counts(1, 0, 0)
    worker = gearfast.worker(function)
    worker.send(req(GRAB_JOB))
    worker.expect(res(JOB_ASSIGN, handle, function, b"abc"))


@pytest.mark.parametrize("limit", [b"9" * 20, b"92233720368547758080", b"-9999999999999999999"])
def test_q12_a_time_out_of_twenty_digits(gearfast: Server, limit: bytes) -> None:
    worker = gearfast.peer()
    worker.send(req(CAN_DO_TIMEOUT, gearfast.fresh(), limit))
    worker.receive_kind(ERROR)
    worker.expect_silence()


@pytest.mark.parametrize("kind", [SUBMIT_REDUCE_JOB, SUBMIT_REDUCE_JOB_BACKGROUND])
def test_q14_a_reduce_job_with_a_long_unique(gearfast: Server, kind: int) -> None:
    function = gearfast.fresh()
    worker = gearfast.worker(function)
    gearfast.admin.send(req(kind, function, b"u" * 2000, b"red", b"", b"abc"))
    gearfast.admin.expect(UNIQUE_TOO_LARGE)
    for grab in (GRAB_JOB, GRAB_JOB_UNIQ, GRAB_JOB_ALL):
        worker.send(req(grab))
        worker.expect(res(NO_JOB))


def test_q15_long_log_lines_hold_nothing_else(tmp_path: Path) -> None:
    log, function = tmp_path / "log", b"q" * 8000
    options = ("--verbose", "NOTICE", "--log-file", str(log), "--threads", "4")
    with start_gearfast(*options) as process, Peer(process.port) as client:
        client.submit(SUBMIT_JOB_BG, function, b"unique", b"")
        until(lambda: b"accepted," in log.read_bytes(), True, "the log")
    [line] = [line for line in log.read_bytes().splitlines() if b"accepted," in line]
    assert re.fullmatch(rb"[ -~]+ accepted,q{100,}[ -~]*", line)
    assert set(line.partition(b"accepted,")[2]) <= set(b"q,unique0123456789.")


def processor_ticks(pid: int) -> int:
    """Time the process has spent on processors, in ticks."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


@pytest.mark.options(gearfast=("--file-descriptors", "64"))
def test_q16_no_spinning_at_the_descriptor_limit(every_gearfast: list[Server]) -> None:
    """The time a job's time-out takes is spent idle; the connections too many are served in the end."""
    for server in every_gearfast:
        clock = Timed(server, b"1000")
        server.admin.settle()
        crowd = server.peers(80)
        clock.run(clock.worker)
        before, began = processor_ticks(server.process.pid), os.times().elapsed
        clock.other.expect_noop()
        elapsed = (os.times().elapsed - began) * os.sysconf("SC_CLK_TCK")
        assert processor_ticks(server.process.pid) - before < elapsed / 4
        for peer in crowd[:40]:
            peer.close()
        crowd[-1].expect_silence()


def test_q16_the_limit_is_what_was_asked_for() -> None:
    with start_gearfast("--file-descriptors", "64") as process:
        assert resource.prlimit(process.pid, resource.RLIMIT_NOFILE)[0] == 64


def test_a_job_ended_before_it_was_delivered_is_delivered_whole(gearfast: Server) -> None:
    """gearmand frees the workload before it has been sent, and sends what is there by then."""
    function, workload = gearfast.fresh(), bytes(range(256)) * 1000
    worker = gearfast.worker(function)
    number = gearfast.last_handle_number() + 1
    handle = b"H:test:%d" % number
    worker.send(
        req(SUBMIT_JOB_BG, function, b"", workload),
        req(GRAB_JOB),
        req(WORK_COMPLETE, handle, b""),
        req(GRAB_JOB),
    )
    worker.expect(res(JOB_CREATED, handle), res(JOB_ASSIGN, handle, function, workload), res(NO_JOB))
    worker.send(req(WORK_COMPLETE, handle, b""))
    worker.expect(RESULT_FOR_NO_JOB)


def test_a_job_cancelled_before_it_was_delivered_is_delivered_whole(gearfast: Server) -> None:
    job = Running(gearfast)
    assert gearfast.admin.ask(b"cancel job " + job.handle) == b"OK\r\n"
    job.client.expect(res(WORK_FAIL, job.handle))
    function, workload = gearfast.fresh(), bytes(range(256)) * 1000
    worker = gearfast.worker(function)
    handle = b"H:test:%d" % (gearfast.last_handle_number() + 1)
    worker.send(req(SUBMIT_JOB_BG, function, b"", workload), req(GRAB_JOB), b"cancel job %s\n" % handle)
    worker.expect(res(JOB_CREATED, handle), res(JOB_ASSIGN, handle, function, workload), b"OK\r\n")
