"""GRAB_JOB: which job a worker is given, in the orders of --compat 1.1 and 2.0."""

from __future__ import annotations

import pytest

from tests.protocol.peer import Peer
from tests.protocol.server import Counts, Server
from tests.protocol.wire import (
    GRAB_JOB,
    GRAB_JOB_ALL,
    GRAB_JOB_UNIQ,
    JOB_ASSIGN,
    JOB_ASSIGN_UNIQ,
    NO_JOB,
    SUBMIT_JOB_BG,
    SUBMIT_JOB_EPOCH,
    SUBMIT_JOB_HIGH_BG,
    SUBMIT_JOB_LOW_BG,
    WORK_COMPLETE,
    req,
    res,
)

compat_1_1 = pytest.mark.options(gearfast=("--compat", "1.1"))
compat_1_1_rotating = pytest.mark.options("--round-robin", gearfast=("--compat", "1.1"))
rotating = pytest.mark.options("--round-robin")

HIGH, NORMAL, LOW = SUBMIT_JOB_HIGH_BG, SUBMIT_JOB_BG, SUBMIT_JOB_LOW_BG


def fill(server: Server, *kinds: tuple[bytes, int], each: int) -> None:
    """Queues jobs of several functions and priorities in turns; the workload is the running number."""
    for turn in range(each):
        for function, kind in kinds:
            server.admin.submit(kind, function, b"", b"%d" % turn)


def grab_all(worker: Peer, kind: int = GRAB_JOB, answer: int = JOB_ASSIGN) -> list[tuple[bytes, bytes]]:
    """Takes and completes jobs until there are no more: (function, workload) of each."""
    taken: list[tuple[bytes, bytes]] = []
    while True:
        worker.send(req(kind))
        packet = worker.receive()
        if packet.kind == NO_JOB:
            return taken
        assert packet.kind == answer
        handle, function, *_, workload = packet.args
        worker.send(req(WORK_COMPLETE, handle, b""))
        taken.append((function, workload))


@pytest.mark.parametrize(
    ("kind", "answer"),
    [(GRAB_JOB, JOB_ASSIGN), (GRAB_JOB_UNIQ, JOB_ASSIGN_UNIQ), (GRAB_JOB_ALL, JOB_ASSIGN_UNIQ)],
)
def test_first_in_first_out_within_a_priority_and_high_before_low(
    server: Server, kind: int, answer: int
) -> None:
    function = server.fresh()
    fill(server, (function, LOW), (function, NORMAL), (function, HIGH), each=3)
    worker = server.worker(function)
    assert grab_all(worker, kind, answer) == [(function, turn) for turn in [b"0", b"1", b"2"] * 3]
    assert server.counts(function) == Counts(0, 0, 1)


def test_a_high_job_that_comes_late_goes_first(server: Server) -> None:
    function = server.fresh()
    fill(server, (function, LOW), each=3)
    worker = server.worker(function)
    worker.send(req(GRAB_JOB))
    assert worker.receive_kind(JOB_ASSIGN).args[2] == b"0"
    server.admin.submit(HIGH, function, b"", b"late")
    assert [workload for _, workload in grab_all(worker)] == [b"late", b"1", b"2"]


def test_each_job_goes_to_one_worker(server: Server) -> None:
    function = server.fresh()
    fill(server, (function, NORMAL), each=6)
    workers = [server.worker(function) for _ in range(8)]
    for worker in workers:
        worker.send(req(GRAB_JOB))
    answers = [worker.receive() for worker in workers]
    assert sorted(packet.args[-1] for packet in answers if packet.kind == JOB_ASSIGN) == [
        b"%d" % turn for turn in range(6)
    ]
    assert [packet.kind for packet in answers].count(NO_JOB) == 2


def test_future_jobs_are_passed_over_and_keep_their_place(server: Server) -> None:
    function = server.fresh()
    future = server.admin.submit(SUBMIT_JOB_EPOCH, function, b"", b"4000000000", b"future")
    fill(server, (function, NORMAL), each=2)
    assert grab_all(server.worker(function)) == [(function, b"0"), (function, b"1")]
    assert server.counts(function) == Counts(1, 0, 1)
    assert server.jobs()[future] == (0, 0, 1)


@compat_1_1
def test_the_newest_function_is_drained_first_in_compat_1_1(server: Server) -> None:
    a, b, c = (server.fresh() for _ in range(3))
    fill(server, (a, HIGH), (b, LOW), (c, NORMAL), each=3)
    order = [function for function, _ in grab_all(server.worker(a, b, c))]
    assert order == [c, c, c, b, b, b, a, a, a]


@compat_1_1
def test_each_function_is_drained_by_priority_in_compat_1_1(server: Server) -> None:
    a, b = server.fresh(), server.fresh()
    fill(server, (a, LOW), (b, LOW), (a, HIGH), (b, NORMAL), each=1)
    server.admin.submit(HIGH, a, b"", b"1")
    order = grab_all(server.worker(a, b))
    assert order == [(b, b"0"), (b, b"0"), (a, b"0"), (a, b"1"), (a, b"0")]


@compat_1_1_rotating
def test_functions_take_turns_in_compat_1_1_with_round_robin(server: Server) -> None:
    a, b, c = (server.fresh() for _ in range(3))
    fill(server, (a, HIGH), (b, LOW), (c, NORMAL), each=3)
    order = [function for function, _ in grab_all(server.worker(a, b, c))]
    assert order == [c, b, a] * 3


@compat_1_1_rotating
def test_a_drained_function_is_left_out_of_the_turns(server: Server) -> None:
    a, b, c = (server.fresh() for _ in range(3))
    fill(server, (a, NORMAL), (c, NORMAL), each=2)
    fill(server, (b, NORMAL), each=1)
    order = [function for function, _ in grab_all(server.worker(a, b, c))]
    assert order == [c, b, a, c, a]


def test_priority_goes_across_functions(gearfast: Server) -> None:
    a, b, c = (gearfast.fresh() for _ in range(3))
    fill(gearfast, (a, HIGH), (b, LOW), (c, NORMAL), each=3)
    order = [function for function, _ in grab_all(gearfast.worker(a, b, c))]
    assert order == [a, a, a, c, c, c, b, b, b]


@pytest.mark.parametrize("kind", [HIGH, NORMAL, LOW])
def test_functions_of_equal_priority_take_turns(gearfast: Server, kind: int) -> None:
    a, b, c = (gearfast.fresh() for _ in range(3))
    fill(gearfast, (a, kind), (b, kind), (c, kind), each=3)
    order = [function for function, _ in grab_all(gearfast.worker(a, b, c))]
    assert [sorted(order[turn : turn + 3]) for turn in (0, 3, 6)] == [sorted([a, b, c])] * 3


@rotating
def test_round_robin_changes_nothing_but_compat_1_1(gearfast: Server) -> None:
    a, b, c = (gearfast.fresh() for _ in range(3))
    fill(gearfast, (a, HIGH), (b, LOW), (c, NORMAL), each=3)
    order = [function for function, _ in grab_all(gearfast.worker(a, b, c))]
    assert order == [a, a, a, c, c, c, b, b, b]


def test_unique_and_workload_are_carried_unchanged(server: Server) -> None:
    function, every_byte = server.fresh(), bytes(range(256))
    unique = bytes(range(1, 64))
    handle = server.admin.submit(NORMAL, function, unique, every_byte)
    worker = server.worker(function)
    worker.send(req(GRAB_JOB_UNIQ))
    worker.expect(res(JOB_ASSIGN_UNIQ, handle, function, unique, every_byte))
    worker.send(req(WORK_COMPLETE, handle, b""))
    worker.settle()
