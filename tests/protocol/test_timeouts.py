"""CAN_DO_TIMEOUT: what happens to a job whose worker is too slow.

The shortest time-out there is takes a second, so each test lets several run out at once.
"""

from __future__ import annotations

import pytest

from tests.protocol.golden.errors import DATA_FOR_NO_JOB, RESULT_FOR_NO_JOB
from tests.protocol.peer import Peer
from tests.protocol.running import Running
from tests.protocol.server import Counts, Server, until
from tests.protocol.wire import (
    CAN_DO,
    CAN_DO_TIMEOUT,
    GRAB_JOB,
    JOB_ASSIGN,
    PRE_SLEEP,
    SUBMIT_JOB_BG,
    WORK_COMPLETE,
    WORK_DATA,
    WORK_FAIL,
    WORK_STATUS,
    req,
    res,
)


class Slow(Running):
    """A job handed to a worker that has promised `limit`, and a second worker asleep beside it."""

    def __init__(self, server: Server, limit: bytes) -> None:
        self.limit = limit
        super().__init__(server)
        self.other = server.worker(self.function)
        self.other.send(req(PRE_SLEEP))
        self.other.expect_silence()

    def enlist(self) -> Peer:
        worker = self.server.peer()
        worker.send(req(CAN_DO_TIMEOUT, self.function, self.limit))
        return worker

    def await_requeue(self) -> None:
        self.other.expect_noop()
        self.server.await_waiting(self.function, 1)


def test_a_slow_job_is_put_back_and_nobody_is_told(everywhere: list[Server]) -> None:
    every = [Slow(server, b"10") for server in everywhere]
    for slow in every:
        slow.worker.send(req(WORK_STATUS, slow.handle, b"1", b"2"))
        slow.client.expect(res(WORK_STATUS, slow.handle, b"1", b"2"))
    for slow in every:
        slow.await_requeue()
        slow.client.expect_silence()
        slow.worker.send(req(WORK_DATA, slow.handle, b"x"), req(WORK_COMPLETE, slow.handle, b""))
        slow.worker.expect(DATA_FOR_NO_JOB, RESULT_FOR_NO_JOB)
        assert slow.server.counts(slow.function) == Counts(1, 0, 2)
        assert slow.server.jobs()[slow.handle] == (1, 0, 0)
        assert slow.status() == [b"1", b"0", b"0", b"0"]
        slow.grab(slow.other)
        slow.other.send(req(WORK_COMPLETE, slow.handle, b"done"))
        slow.client.expect(res(WORK_COMPLETE, slow.handle, b"done"))
        slow.client.expect_silence()


def test_what_counts_as_a_number_of_milliseconds(everywhere: list[Server]) -> None:
    limits = [b"1", b"999", b"1000", b" 1000", b"+1000", b"1000x", b"1000.9", b"1000\0", b"\t0001000"]
    for slow in [Slow(server, limit) for server in everywhere for limit in limits]:
        slow.await_requeue()
        assert slow.server.counts(slow.function) == Counts(1, 0, 2)


def test_what_counts_as_no_limit(everywhere: list[Server]) -> None:
    limits = [b"0", b"", b"junk", b"-5", b"-1000", b"-", b"x1000", b"60000", b"1000000000"]
    unhurried = [Slow(server, limit) for server in everywhere for limit in limits]
    for slow in [Slow(server, b"1000") for server in everywhere]:
        slow.await_requeue()
    for slow in unhurried:
        assert slow.server.counts(slow.function) == Counts(1, 1, 2)
        slow.worker.send(req(WORK_COMPLETE, slow.handle, b"done"))
        slow.client.expect(res(WORK_COMPLETE, slow.handle, b"done"))


def test_a_slow_job_goes_to_the_tail(everywhere: list[Server]) -> None:
    every = [Slow(server, b"1000") for server in everywhere]
    waiting = [slow.server.admin.submit(SUBMIT_JOB_BG, slow.function, b"", b"def") for slow in every]
    for slow, handle in zip(every, waiting, strict=True):
        slow.server.await_waiting(slow.function, 2)
        assert slow.server.counts(slow.function) == Counts(2, 0, 2)
        slow.other.expect_noop()
        slow.other.send(req(GRAB_JOB))
        slow.other.expect(res(JOB_ASSIGN, handle, slow.function, b"def"))
        slow.grab(slow.other)


@pytest.mark.options("--job-retries", "1")
def test_at_the_last_attempt_the_client_is_told(everywhere: list[Server]) -> None:
    for slow in [Slow(server, b"1000") for server in everywhere]:
        slow.client.expect(res(WORK_FAIL, slow.handle))
        until(slow.status, [b"0"] * 4, str(slow.server.flavour))  # gearmand forgets the job after it has told
        slow.worker.send(req(WORK_COMPLETE, slow.handle, b""))
        slow.worker.expect(RESULT_FOR_NO_JOB)
        assert slow.server.counts(slow.function) == Counts(0, 0, 2)
        slow.other.expect_silence()


class Twice(Slow):
    """The worker has registered a second time, without a limit."""

    def enlist(self) -> Peer:
        worker = super().enlist()
        worker.send(req(CAN_DO, self.function))
        return worker


def test_the_newest_registration_counts(everywhere: list[Server]) -> None:
    unhurried = [Twice(server, b"1000") for server in everywhere]
    for slow in [Slow(server, b"1000") for server in everywhere]:
        slow.await_requeue()
    for twice in unhurried:
        assert twice.server.counts(twice.function) == Counts(1, 1, 3)


def test_a_slow_worker_keeps_its_registration(everywhere: list[Server]) -> None:
    for slow in [Slow(server, b"1000") for server in everywhere]:
        slow.await_requeue()
        slow.grab(slow.worker)
        slow.worker.send(req(WORK_COMPLETE, slow.handle, b"at last"))
        slow.client.expect(res(WORK_COMPLETE, slow.handle, b"at last"))
