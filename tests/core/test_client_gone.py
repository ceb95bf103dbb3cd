"""Jobs whose clients leave."""

from __future__ import annotations

import pytest

from tests.core.stage import Actor, Stage, handle
from tests.protocol.wire import (
    GRAB_JOB,
    JOB_ASSIGN,
    NO_JOB,
    SUBMIT_JOB,
    SUBMIT_JOB_BG,
    SUBMIT_JOB_EPOCH,
    WORK_COMPLETE,
    WORK_DATA,
    res,
)


def running(stage: Stage, kind: int = SUBMIT_JOB) -> tuple[Actor, Actor]:
    """The client and the worker of a job that runs; it is job 1, of function `f` and unique `u`."""
    client, worker = stage.connect(), stage.worker(b"f")
    client.submit(b"f", b"u", kind=kind)
    worker.ask(GRAB_JOB)
    return client, worker


def test_a_waiting_job_goes_with_its_last_client(stage: Stage) -> None:
    clients, worker = [stage.connect() for _ in range(2)], stage.worker(b"f")
    for client in clients:
        client.submit(b"f", b"u", kind=SUBMIT_JOB)
    clients[0].leave()
    assert stage.core.counts().jobs == 1
    clients[1].leave()
    assert stage.core.counts().jobs == 0
    assert worker.ask(GRAB_JOB) == [res(NO_JOB)]
    assert worker.admin(b"status") == b"f\t0\t0\t1\n.\n"


def test_what_is_gone_is_not_joined(stage: Stage) -> None:
    client, worker = stage.connect(), stage.worker(b"f")
    client.submit(b"f", b"u", kind=SUBMIT_JOB)
    client.leave()
    assert stage.connect().submit(b"f", b"u") == handle(2)
    assert worker.ask(GRAB_JOB) == [res(JOB_ASSIGN, handle(2), b"f", b"")]


def test_a_background_job_stays(stage: Stage) -> None:
    client, worker = stage.connect(), stage.worker(b"f")
    client.submit(b"f")
    client.leave()
    assert worker.ask(GRAB_JOB) == [res(JOB_ASSIGN, handle(1), b"f", b"")]


@pytest.mark.parametrize("kinds", [(SUBMIT_JOB_BG, SUBMIT_JOB), (SUBMIT_JOB, SUBMIT_JOB_BG)])
def test_so_does_a_job_that_was_submitted_both_ways(stage: Stage, kinds: tuple[int, int]) -> None:
    client, worker = stage.connect(), stage.worker(b"f")
    for kind in kinds:
        client.submit(b"f", b"u", kind=kind)
    client.leave()
    assert worker.ask(GRAB_JOB) == [res(JOB_ASSIGN, handle(1), b"f", b"")]


def test_a_delayed_job_that_a_client_joined_stays(stage: Stage) -> None:
    client = stage.connect()
    client.say(SUBMIT_JOB_EPOCH, b"f", b"u", b"%d" % (stage.wall // 1000 + 9), b"")
    client.hear()
    client.submit(b"f", b"u", kind=SUBMIT_JOB)
    client.leave()
    assert stage.core.counts().jobs == 1


def test_a_running_job_runs_to_its_end(stage: Stage) -> None:
    client, worker = running(stage)
    client.leave()
    assert worker.admin(b"show jobs") == b"H:t:1\t0\t1\t0\n.\n"
    assert worker.ask(WORK_DATA, handle(1), b"x") == []
    assert worker.ask(WORK_COMPLETE, handle(1), b"x") == []
    assert stage.core.counts().completed == 1


def test_but_does_not_run_again(stage: Stage) -> None:
    client, worker = running(stage)
    client.leave()
    worker.leave()
    assert stage.core.counts().jobs == 0
    assert stage.worker(b"f").ask(GRAB_JOB) == [res(NO_JOB)]


@pytest.mark.parametrize("kind", [SUBMIT_JOB, SUBMIT_JOB_BG])
def test_unless_somebody_joins_it(stage: Stage, kind: int) -> None:
    client, worker = running(stage)
    client.leave()
    late = stage.connect()
    assert late.submit(b"f", b"u", kind=kind) == handle(1)
    worker.leave()
    other = stage.worker(b"f")
    assert other.ask(GRAB_JOB) == [res(JOB_ASSIGN, handle(1), b"f", b"")]
    other.say(WORK_COMPLETE, handle(1), b"x")
    assert late.hear() == ([res(WORK_COMPLETE, handle(1), b"x")] if kind == SUBMIT_JOB else [])


def test_a_worker_that_waits_for_itself(stage: Stage) -> None:
    worker = stage.worker(b"f")
    worker.submit(b"f", kind=SUBMIT_JOB)
    worker.ask(GRAB_JOB)
    worker.leave()
    assert stage.core.counts().jobs == 0
