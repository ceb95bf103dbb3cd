"""Where gearmand loses jobs, or leaves clients and workers waiting, and gearfast does not."""

from __future__ import annotations

import pytest

from tests.protocol.golden.errors import RESULT_FOR_NO_JOB
from tests.protocol.peer import Peer
from tests.protocol.running import Running, Timed, status
from tests.protocol.server import Counts, Server
from tests.protocol.wire import (
    CAN_DO,
    CANT_DO,
    GET_STATUS_UNIQUE,
    GRAB_JOB,
    GRAB_JOB_ALL,
    GRAB_JOB_UNIQ,
    JOB_ASSIGN,
    JOB_ASSIGN_ALL,
    JOB_ASSIGN_UNIQ,
    JOB_CREATED,
    NO_JOB,
    NOOP,
    PRE_SLEEP,
    STATUS_RES_UNIQUE,
    SUBMIT_JOB,
    SUBMIT_JOB_BG,
    SUBMIT_JOB_EPOCH,
    SUBMIT_JOB_HIGH,
    SUBMIT_JOB_HIGH_BG,
    SUBMIT_JOB_LOW_BG,
    SUBMIT_REDUCE_JOB,
    WORK_COMPLETE,
    WORK_EXCEPTION,
    WORK_FAIL,
    req,
    res,
)
from tests.support.gearfast_process import gearfast as start_gearfast
from tests.support.gearfast_process import run_gearfast


@pytest.mark.parametrize("first", [SUBMIT_JOB, SUBMIT_JOB_BG])
def test_q04_a_background_job_survives_its_foreground_clients(gearfast: Server, first: int) -> None:
    """Whichever of the two submits came first."""
    function = gearfast.fresh()
    second = SUBMIT_JOB_BG if first == SUBMIT_JOB else SUBMIT_JOB
    clients = gearfast.peers(2)
    handles = {
        client.submit(kind, function, b"same", b"abc")
        for client, kind in zip(clients, (first, second), strict=True)
    }
    [handle] = handles
    for client in clients:
        gearfast.leave(client)
    assert gearfast.counts(function) == Counts(1, 0, 0)
    assert gearfast.jobs()[handle] == (0, 0, 1)
    worker = gearfast.worker(function)
    worker.send(req(GRAB_JOB))
    worker.expect(res(JOB_ASSIGN, handle, function, b"abc"))


def test_q04_also_while_it_runs(gearfast: Server) -> None:
    job = Running(gearfast, SUBMIT_JOB_BG, b"same")
    client = gearfast.peer()
    assert client.submit(SUBMIT_JOB, job.function, b"same", b"") == job.handle
    gearfast.leave(client)
    gearfast.leave(job.worker)
    assert gearfast.counts(job.function) == Counts(1, 0, 0)
    job.grab(job.enlist())


@pytest.mark.parametrize("kind", [SUBMIT_JOB, SUBMIT_JOB_BG])
def test_q05_a_submit_after_the_job_was_abandoned_is_done(gearfast: Server, kind: int) -> None:
    function, first, second = gearfast.fresh(), *gearfast.peers(2)
    first.submit(SUBMIT_JOB, function, b"same", b"old")
    gearfast.leave(first)
    assert_done(gearfast, second, function, second.submit(kind, function, b"same", b"new"), kind)


@pytest.mark.parametrize("kind", [SUBMIT_JOB, SUBMIT_JOB_BG])
def test_q05_a_submit_after_the_job_was_cancelled_is_done(gearfast: Server, kind: int) -> None:
    function, client = gearfast.fresh(), gearfast.peer()
    cancelled = client.submit(SUBMIT_JOB_BG, function, b"same", b"old")
    assert gearfast.admin.ask(b"cancel job " + cancelled) == b"OK\r\n"
    handle = client.submit(kind, function, b"same", b"new")
    assert handle != cancelled
    assert_done(gearfast, client, function, handle, kind)


def assert_done(server: Server, client: Peer, function: bytes, handle: bytes, kind: int) -> None:
    """The one job of the function is this one, and its client hears the end."""
    worker = server.worker(function)
    worker.send(req(GRAB_JOB))
    worker.expect(res(JOB_ASSIGN, handle, function, b"new"))
    worker.send(req(WORK_COMPLETE, handle, b"done"), req(GRAB_JOB))
    worker.expect(res(NO_JOB))
    if kind == SUBMIT_JOB:
        client.expect(res(WORK_COMPLETE, handle, b"done"))
    client.expect_silence()


def test_q09_a_failure_is_told_with_the_bare_handle(gearfast: Server) -> None:
    job = Running(gearfast)
    job.worker.send(req(WORK_EXCEPTION, job.handle, b"oh no"))
    job.client.expect(res(WORK_FAIL, job.handle))
    for rest in (b"", b"junk", b"\0"):
        job = Running(gearfast)
        job.worker.send(req(WORK_FAIL, job.handle, rest))
        job.client.expect(res(WORK_FAIL, job.handle))
        job.client.expect_silence()


def test_q11_pre_sleep_after_an_unanswered_noop_is_a_sleep_like_others(gearfast: Server) -> None:
    function = gearfast.fresh()
    hesitant, quick = gearfast.worker(function), gearfast.worker(function)
    hesitant.send(req(PRE_SLEEP))
    hesitant.settle()
    for _ in range(3):
        handle = gearfast.admin.submit(SUBMIT_JOB_BG, function, b"", b"")
        hesitant.expect_noop()
        quick.send(req(GRAB_JOB))
        quick.expect(res(JOB_ASSIGN, handle, function, b""))
        hesitant.send(req(PRE_SLEEP))
        hesitant.expect_silence()


def test_q11_an_unanswered_noop_is_handed_on(gearfast: Server) -> None:
    function = gearfast.fresh()
    workers = [gearfast.worker(function) for _ in range(2)]
    for worker in workers:
        worker.send(req(PRE_SLEEP))
        worker.settle()
    handle = gearfast.admin.submit(SUBMIT_JOB_BG, function, b"", b"")
    for worker in workers:
        worker.expect_noop()
    workers[1].send(req(GRAB_JOB))
    workers[1].expect(res(JOB_ASSIGN, handle, function, b""))


def test_q17_who_attaches_to_an_abandoned_running_job_keeps_it_alive(gearfast: Server) -> None:
    job = Running(gearfast, SUBMIT_JOB, b"same")
    gearfast.leave(job.client)
    late = gearfast.peer()
    assert late.submit(SUBMIT_JOB, job.function, b"same", b"") == job.handle
    gearfast.leave(job.worker)
    assert gearfast.jobs()[job.handle] == (1, 0, 0)
    worker = job.enlist()
    job.grab(worker)
    worker.send(req(WORK_COMPLETE, job.handle, b"done"))
    late.expect(res(WORK_COMPLETE, job.handle, b"done"))


def test_q18_pre_sleep_loses_no_future_job_beside_an_abandoned_one(gearfast: Server) -> None:
    function, client = gearfast.fresh(), gearfast.peer()
    future = gearfast.admin.submit(SUBMIT_JOB_EPOCH, function, b"", b"4000000000", b"future")
    client.submit(SUBMIT_JOB, function, b"", b"bad")
    good = gearfast.admin.submit(SUBMIT_JOB_BG, function, b"", b"good")
    gearfast.leave(client)
    worker = gearfast.worker(function)
    worker.send(req(PRE_SLEEP), req(PRE_SLEEP))
    worker.expect(res(NOOP), res(NOOP))
    assert gearfast.jobs().keys() >= {future, good}
    worker.send(req(GRAB_JOB), req(GRAB_JOB))
    worker.expect(res(JOB_ASSIGN, good, function, b"good"), res(NO_JOB))


def test_q18_pre_sleep_loses_no_job_of_another_function(gearfast: Server) -> None:
    abandoned, wanted, client = gearfast.fresh(), gearfast.fresh(), gearfast.peer()
    client.submit(SUBMIT_JOB, abandoned, b"", b"bad")
    handle = gearfast.admin.submit(SUBMIT_JOB_HIGH, wanted, b"", b"good")
    gearfast.leave(client)
    worker = gearfast.worker(abandoned, wanted)
    worker.send(req(PRE_SLEEP))
    worker.expect(res(NOOP))
    worker.send(req(GRAB_JOB), req(GRAB_JOB))
    worker.expect(res(JOB_ASSIGN, handle, wanted, b"good"), res(NO_JOB))


@pytest.mark.parametrize("kind", [SUBMIT_JOB_BG, SUBMIT_JOB_LOW_BG])
@pytest.mark.options(gearfast=("--compat", "1.1"))
def test_q19_future_jobs_hide_no_others(gearfast: Server, kind: int) -> None:
    function = gearfast.fresh()
    gearfast.admin.submit(SUBMIT_JOB_EPOCH, function, b"", b"4000000000", b"future")
    handle = gearfast.admin.submit(kind, function, b"", b"now")
    worker = gearfast.worker(function)
    worker.send(req(PRE_SLEEP), req(GRAB_JOB), req(GRAB_JOB), req(PRE_SLEEP))
    worker.expect(res(NOOP), res(JOB_ASSIGN, handle, function, b"now"), res(NO_JOB))
    worker.expect_silence()


def test_q21_peers_of_ipv6_are_shown() -> None:
    for threads in ("0", "1", "4"):
        with (
            start_gearfast("--listen", "::1", "--threads", threads) as process,
            Peer(process.port, "::1") as peer,
        ):
            assert peer.ask_table(b"workers").split(b" ", 1)[1] == b"::1 - :\n.\n"


@pytest.mark.parametrize("size", [63, 64])
def test_q22_uniques_count_up_to_64_bytes(gearfast: Server, size: int) -> None:
    function = gearfast.fresh()
    unique = gearfast.fresh().ljust(size, b"u")
    first = gearfast.admin.submit(SUBMIT_JOB_BG, function, unique, b"abc")
    assert gearfast.admin.submit(SUBMIT_JOB_BG, function, unique, b"abc") == first
    assert gearfast.admin.submit(SUBMIT_JOB_BG, function, unique[:-1] + b"v", b"def") != first
    gearfast.admin.send(req(GET_STATUS_UNIQUE, unique))
    gearfast.admin.expect(res(STATUS_RES_UNIQUE, unique, b"1", b"0", b"0", b"0", b"0"))
    assert unique in gearfast.admin.ask_table(b"show unique jobs").splitlines()
    worker = gearfast.worker(function)
    worker.send(req(GRAB_JOB_UNIQ))
    worker.expect(res(JOB_ASSIGN_UNIQ, first, function, unique, b"abc"))


def test_q22_also_with_a_reducer(gearfast: Server) -> None:
    function, unique = gearfast.fresh(), b"u" * 64
    handle = gearfast.admin.submit(SUBMIT_REDUCE_JOB, function, unique, b"red", b"", b"abc")
    worker = gearfast.worker(function)
    worker.send(req(GRAB_JOB_ALL))
    worker.expect(res(JOB_ASSIGN_ALL, handle, function, unique, b"red", b"abc"))


def test_q23_the_longest_prefix_leaves_room_for_the_number() -> None:
    prefix = "p" * 52
    with start_gearfast("--job-handle-prefix", prefix) as process, Peer(process.port) as client:
        handles = [client.submit(SUBMIT_JOB_BG, b"f", b"", b"") for _ in range(12)]
        assert handles == [f"{prefix}:{number}".encode() for number in range(1, 13)]
        assert status(client, handles[-1]) == [b"1", b"0", b"0", b"0"]


@pytest.mark.parametrize("size", [53, 61, 63, 64, 1000])
def test_q23_a_longer_prefix_is_refused(size: int) -> None:
    ended = run_gearfast("--check-args", "--job-handle-prefix", "p" * size)
    assert ended.returncode != 0
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize("number", [1, 50, 5000])
def test_q24_who_stops_sending_is_answered(gearfast: Server, number: int) -> None:
    peer = gearfast.peer()
    peer.send(b"getpid\n" * number)
    peer.hang_up_sending()
    peer.expect(b"OK %d\n" % gearfast.process.pid * number)
    peer.expect_closed()


def test_q24_who_stops_sending_hears_of_every_job(gearfast: Server) -> None:
    function, peer = gearfast.fresh(), gearfast.peer()
    first = gearfast.last_handle_number() + 1
    peer.send(req(SUBMIT_JOB_BG, function, b"", b"abc") * 50)
    peer.hang_up_sending()
    peer.expect(*(res(JOB_CREATED, b"H:test:%d" % number) for number in range(first, first + 50)))
    peer.expect_closed()
    assert gearfast.counts(function) == Counts(50, 0, 0)


def test_q24_who_stops_within_a_packet_is_answered_up_to_it(gearfast: Server) -> None:
    function, peer = gearfast.fresh(), gearfast.peer()
    peer.send(b"getpid\n", req(SUBMIT_JOB_BG, function, b"", b"abc")[:-1])
    peer.hang_up_sending()
    peer.expect(b"OK %d\n" % gearfast.process.pid)
    peer.expect_closed()
    assert gearfast.counts(function) is None


def test_q25_cant_do_gives_the_running_job_back(server: Server) -> None:
    job = Running(server)
    job.worker.send(req(CANT_DO, job.function), req(WORK_COMPLETE, job.handle, b""))
    job.worker.expect(RESULT_FOR_NO_JOB)
    assert server.counts(job.function) == Counts(1, 0, 0)
    job.grab(job.enlist())


def test_q26_neither_pre_sleep_nor_another_grab_stops_the_clock(every_gearfast: list[Server]) -> None:
    every = []
    for server in every_gearfast:
        untimed = server.fresh()
        asleep, grabbing = Timed(server, b"1000"), Timed(server, b"1000")
        asleep.run(asleep.worker)
        asleep.worker.send(req(PRE_SLEEP))
        asleep.worker.settle()
        grabbing.run(grabbing.worker)
        handle = server.admin.submit(SUBMIT_JOB_HIGH_BG, untimed, b"", b"abc")
        grabbing.worker.send(req(CAN_DO, untimed), req(GRAB_JOB))
        grabbing.worker.expect(res(JOB_ASSIGN, handle, untimed, b"abc"))
        every += [asleep, grabbing]
    for timed in every:
        timed.server.await_counts(timed.function, Counts(1, 0, 2))
