"""Oddities of gearmand on the wire: each kept, but for those said to be mended.

Oddities of HTTP (18) and of stores (24) are tested with those parts, those of the command line (19 to 23) in
tests/server, those of the tools (25) in tests/clients.
"""

from __future__ import annotations

import pytest

from tests.protocol.golden.errors import (
    DATA_FOR_NO_JOB,
    NOT_EXPECTED,
    QUEUE_FULL,
    REQUEST_MAGIC_EXPECTED,
    RESULT_FOR_NO_JOB,
)
from tests.protocol.peer import Peer
from tests.protocol.running import Running, status
from tests.protocol.server import Counts, Server
from tests.protocol.wire import (
    ALL_YOURS,
    CAN_DO_TIMEOUT,
    ECHO_REQ,
    ECHO_RES,
    ERROR,
    GET_STATUS_UNIQUE,
    GRAB_JOB,
    GRAB_JOB_ALL,
    HEADER,
    JOB_ASSIGN,
    JOB_ASSIGN_ALL,
    JOB_ASSIGN_UNIQ,
    JOB_CREATED,
    NO_JOB,
    NOOP,
    PRE_SLEEP,
    REQUEST,
    RESPONSE,
    STATUS_RES_UNIQUE,
    SUBMIT_JOB,
    SUBMIT_JOB_BG,
    SUBMIT_JOB_EPOCH,
    SUBMIT_JOB_HIGH_BG,
    SUBMIT_JOB_SCHED,
    SUBMIT_REDUCE_JOB,
    WORK_COMPLETE,
    WORK_DATA,
    WORK_FAIL,
    WORK_STATUS,
    packet,
    req,
    res,
)


def test_k01_all_yours_is_not_expected(server: Server) -> None:
    server.admin.send(req(ALL_YOURS), req(ALL_YOURS, b"body"))
    server.admin.expect(NOT_EXPECTED, NOT_EXPECTED)
    server.admin.expect_silence()


def test_k01_submit_job_sched_is_refused_by_gearmand_alone(server: Server) -> None:
    server.admin.send(req(SUBMIT_JOB_SCHED, server.fresh(), b"", b"0", b"0", b"1", b"1", b"", b"abc"))
    if server.flavour.name == "gearmand":
        server.admin.expect(NOT_EXPECTED)
    else:
        server.admin.receive_kind(JOB_CREATED)
    server.admin.expect_silence()


def test_k02_grab_job_all_without_a_reducer_is_grab_job_uniq(server: Server) -> None:
    function = server.fresh()
    handle = server.admin.submit(SUBMIT_JOB_BG, function, b"u", b"abc")
    worker = server.worker(function)
    worker.send(req(GRAB_JOB_ALL))
    worker.expect(res(JOB_ASSIGN_UNIQ, handle, function, b"u", b"abc"))


def test_k03_reduce_jobs_have_a_fourth_argument(server: Server) -> None:
    function = server.fresh()
    handle = server.admin.submit(SUBMIT_REDUCE_JOB, function, b"u", b"red", b"thrown away", b"abc")
    worker = server.worker(function)
    worker.send(req(GRAB_JOB_ALL))
    worker.expect(res(JOB_ASSIGN_ALL, handle, function, b"u", b"red", b"abc"))


def test_k04_status_res_unique_begins_with_the_unique(server: Server) -> None:
    unique = server.fresh()
    server.admin.submit(SUBMIT_JOB, server.fresh(), unique, b"abc")
    server.admin.send(req(GET_STATUS_UNIQUE, unique))
    server.admin.expect(res(STATUS_RES_UNIQUE, unique, b"1", b"0", b"0", b"0", b"1"))


def test_k05_progress_is_passed_on_verbatim(server: Server) -> None:
    job = Running(server)
    job.worker.send(req(WORK_STATUS, job.handle, b"7 of nine", b"nine"))
    job.client.expect(res(WORK_STATUS, job.handle, b"7 of nine", b"nine"))
    assert job.status() == [b"1", b"1", b"7", b"0"]


@pytest.mark.parametrize("denominator", [b"0" * 10 + b"12", b"9" * 100, b"x" * 5000, b"10\0" + b"y" * 20])
def test_k05_long_denominators_too(gearfast: Server, denominator: bytes) -> None:
    job = Running(gearfast)
    job.worker.send(req(WORK_STATUS, job.handle, b"1", denominator))
    job.client.expect(res(WORK_STATUS, job.handle, b"1", denominator))
    assert job.status()[:3] == [b"1", b"1", b"1"]


def test_k06_unexpected_packets_keep_the_connection(server: Server) -> None:
    peer = server.peer()
    peer.send(packet(RESPONSE, ECHO_REQ, b"abc"), req(NOOP), packet(RESPONSE, NOOP, b""))
    peer.expect(REQUEST_MAGIC_EXPECTED, NOT_EXPECTED, REQUEST_MAGIC_EXPECTED)
    peer.expect_silence()


@pytest.mark.parametrize("bad", [HEADER.pack(REQUEST, 43, 0), HEADER.pack(b"\0BAD", ECHO_REQ, 0)])
def test_k06_unknown_packets_end_it(server: Server, bad: bytes) -> None:
    peer = server.peer()
    peer.settle()
    peer.send(bad)
    if server.flavour.name == "gearfast":
        peer.receive_kind(ERROR)
    peer.expect_closed()


def test_k07_missing_terminators_swallow_nothing(gearfast: Server) -> None:
    function, peer = gearfast.fresh(), gearfast.peer()
    peer.send(req(SUBMIT_JOB_BG, function, b"unique"), req(SUBMIT_JOB_BG, function, b"", b"abc"))
    assert peer.receive_kind(ERROR).args[0] == b"INVALID_PACKET"
    peer.expect_closed()
    assert gearfast.counts(function) is None


def test_k08_time_outs_are_milliseconds_and_put_the_job_back(everywhere: list[Server]) -> None:
    every = []
    for server in everywhere:
        function, slow, client = server.fresh(), *server.peers(2)
        handle = client.submit(SUBMIT_JOB, function, b"", b"abc")
        slow.send(req(CAN_DO_TIMEOUT, function, b"5"), req(GRAB_JOB))
        slow.expect(res(JOB_ASSIGN, handle, function, b"abc"))
        sleeper = server.worker(function)
        sleeper.send(req(PRE_SLEEP))
        sleeper.expect_silence()
        every.append((server, handle, client, sleeper))
    for server, handle, client, sleeper in every:
        sleeper.expect_noop()
        client.expect_silence()
        assert status(server.admin, handle) == [b"1", b"0", b"0", b"0"]


def test_k09_jobs_put_back_go_to_the_tail(server: Server) -> None:
    job = Running(server)
    waiting = server.admin.submit(SUBMIT_JOB_BG, job.function, b"", b"def")
    server.leave(job.worker)
    worker = job.enlist()
    worker.send(req(GRAB_JOB), req(GRAB_JOB))
    worker.expect(res(JOB_ASSIGN, waiting, job.function, b"def"))
    worker.expect(res(JOB_ASSIGN, job.handle, job.function, b"abc"))


def order_of_two_functions(server: Server) -> list[str]:
    """A worker for an older function with high jobs and a newer one with normal jobs: which come first?"""
    older, newer = server.fresh(), server.fresh()
    for _ in range(2):
        server.admin.submit(SUBMIT_JOB_HIGH_BG, older, b"", b"")
        server.admin.submit(SUBMIT_JOB_BG, newer, b"", b"")
    worker, order = server.worker(older, newer), []
    for _ in range(4):
        worker.send(req(GRAB_JOB))
        order.append("older" if worker.receive_kind(JOB_ASSIGN).args[1] == older else "newer")
    return order


@pytest.mark.options(gearfast=("--compat", "1.1"))
def test_k10_compat_1_1_drains_the_newest_function(server: Server) -> None:
    assert order_of_two_functions(server) == ["newer", "newer", "older", "older"]


def test_k10_compat_2_0_looks_at_priority_first(gearfast: Server) -> None:
    assert order_of_two_functions(gearfast) == ["older", "older", "newer", "newer"]


def test_k11_status_is_in_the_order_of_gearmands_hash(server: Server) -> None:
    """Buckets 1, 267, 650, 751 and 852 of 991."""
    in_order = [b"", "é".encode(), b"reverse", b"f", b"g"]
    server.worker(*in_order[::-1])
    names = [line.split(b"\t")[0] for line in server.admin.ask_table(b"status").splitlines()]
    assert [name for name in names if name in in_order] == in_order


def test_k12_line_ends(server: Server) -> None:
    function, pid = server.fresh(), b"%d" % server.process.pid
    for line, answer in [
        (b"getpid\r", b"OK %s\n" % pid),
        (b"create function %s\r" % function, b"OK\r\n"),
        (b"cancel job none", b"ERR UNKNOWN_JOB\r\n"),
        (b"show nothing", b"ERR UNKNOWN_SHOW_ARGUMENTS\r\n"),
    ]:
        server.admin.send(line + b"\n")
        server.admin.expect(answer)
    assert b"%s\t0\t0\t0\n" % function in server.admin.ask_table(b"status")
    assert b"\r" not in server.admin.ask_table(b"workers\r")


def test_k13_the_unknown_word_is_glued_on(server: Server) -> None:
    server.admin.send(b"nonsense here\ncancel x y\n")
    server.admin.expect(b"ERR UNKNOWN_COMMAND Unknown+server+commandnonsense\r\nERR UNKNOWN_ERROR\r\n")


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b"foo 1 2 3 4 5", b"ERR UNKNOWN_COMMAND Unknown+server+commandfoo\r\n"),
        (b"cancel 1 2 3 4 5", b"ERR UNKNOWN_ERROR\r\n"),
        (b"maxqueue nobody 1 2 3 4 5 6 7 8", b"OK\r\n"),
        (b"show unique jobs 3 4 5", b"ERR UNKNOWN_SHOW_ARGUMENTS\r\n"),
        (b"x " * 4000, b"ERR UNKNOWN_COMMAND Unknown+server+commandx\r\n"),
    ],
)
def test_k14_many_words_are_just_too_many(gearfast: Server, line: bytes, answer: bytes) -> None:
    gearfast.admin.send(line + b"\n")
    gearfast.admin.expect(answer)
    gearfast.admin.send(b"getpid 1 2 3 4 5 6\n")
    gearfast.admin.expect(b"OK %d\n" % gearfast.process.pid)
    gearfast.admin.expect_silence()


def test_k15_maxqueue_counts_every_priority_and_running_jobs(server: Server) -> None:
    job = Running(server)
    server.admin.submit(SUBMIT_JOB_HIGH_BG, job.function, b"", b"")
    assert server.admin.ask(b"maxqueue %s 2" % job.function) == b"OK\r\n"
    server.admin.send(req(SUBMIT_JOB_BG, job.function, b"", b""))
    server.admin.expect(QUEUE_FULL)
    assert server.admin.ask(b"maxqueue %s 2" % server.fresh()) == b"OK\r\n"


def test_k16_cancel_tells_the_client_at_once(server: Server) -> None:
    job = Running(server)
    assert server.admin.ask(b"cancel job " + job.handle) == b"OK\r\n"
    job.client.expect(res(WORK_FAIL, job.handle))


def test_k16_a_cancelled_job_is_gone(gearfast: Server) -> None:
    for job in (Running(gearfast), Running(gearfast, SUBMIT_JOB_BG)):
        assert gearfast.admin.ask(b"cancel job " + job.handle) == b"OK\r\n"
        assert gearfast.admin.ask(b"cancel job " + job.handle) == b"ERR UNKNOWN_JOB\r\n"
        assert job.status() == [b"0", b"0", b"0", b"0"]
        assert gearfast.counts(job.function) == Counts(0, 0, 1)
        job.worker.expect_silence()
        job.worker.send(req(WORK_DATA, job.handle, b"late"), req(WORK_COMPLETE, job.handle, b"late"))
        job.worker.expect(DATA_FOR_NO_JOB, RESULT_FOR_NO_JOB)
        if job.kind == SUBMIT_JOB:
            job.client.expect(res(WORK_FAIL, job.handle))
        job.client.expect_silence()


def test_k17_future_jobs_count_in_status(server: Server) -> None:
    function = server.fresh()
    server.admin.submit(SUBMIT_JOB_EPOCH, function, b"", b"4000000000", b"")
    assert server.counts(function) == Counts(1, 0, 0)


def test_k17_cancelled_and_abandoned_jobs_do_not(gearfast: Server) -> None:
    function, client = gearfast.fresh(), gearfast.peer()
    cancelled = gearfast.admin.submit(SUBMIT_JOB_BG, function, b"", b"")
    client.submit(SUBMIT_JOB, function, b"", b"")
    assert gearfast.counts(function) == Counts(2, 0, 0)
    assert gearfast.admin.ask(b"cancel job " + cancelled) == b"OK\r\n"
    assert gearfast.counts(function) == Counts(1, 0, 0)
    gearfast.leave(client)
    assert gearfast.counts(function) == Counts(0, 0, 0)


def test_k17_a_sleeping_worker_is_not_woken_for_them(gearfast: Server) -> None:
    function = gearfast.fresh()
    cancelled = gearfast.admin.submit(SUBMIT_JOB_BG, function, b"", b"")
    assert gearfast.admin.ask(b"cancel job " + cancelled) == b"OK\r\n"
    worker: Peer = gearfast.worker(function)
    worker.send(req(PRE_SLEEP), req(ECHO_REQ, b"x"), req(GRAB_JOB))
    worker.expect(res(ECHO_RES, b"x"), res(NO_JOB))
