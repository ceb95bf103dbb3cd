"""`explain`: each reason why a job does not run, and what a function's jobs wait for."""

from __future__ import annotations

import pytest

from tests.core.conftest import Stages
from tests.core.effects import EVERYBODY, SYNC
from tests.core.stage import Actor, Stage, handle
from tests.protocol.wire import (
    GRAB_JOB,
    SET_CLIENT_ID,
    SUBMIT_JOB_BG,
    SUBMIT_JOB_EPOCH,
    SUBMIT_JOB_HIGH_BG,
    SUBMIT_JOB_LOW_BG,
)

SUSPECT_AFTER = 500  # ms, as in the default options


def why(actor: Actor, what: bytes) -> list[str]:
    """The reasons: name, tab, sentence."""
    lines = actor.admin(b"explain " + what).decode().splitlines()
    assert lines.pop() == "."
    return lines


def test_no_worker(stage: Stage) -> None:
    client = stage.connect()
    client.submit(b"f")
    assert why(client, handle(1)) == ["no-worker\tno worker is registered for it"]
    assert why(client, b"f") == [
        "jobs\t1 wait, 0 run, 0 are scheduled",
        "no-worker\tno worker is registered for it",
    ]


def test_the_only_worker_is_busy(stage: Stage) -> None:
    client, worker = stage.connect(), stage.worker(b"f")
    for _ in range(2):
        client.submit(b"f")
    worker.ask(GRAB_JOB)
    stage.pass_time(3500)
    assert why(client, handle(2)) == ["busy\t1 worker is busy, since 3 s"]


def test_the_name_that_a_worker_gave_itself_ends_no_line(stage: Stage) -> None:
    client, worker = stage.connect(), stage.worker(b"f")
    worker.say(SET_CLIENT_ID, b"a\tb\n.\nc\x7f\xc3\xa9")
    client.submit(b"f")
    worker.ask(GRAB_JOB)
    (line,) = why(client, handle(1))
    assert line.endswith(" a\\x09b\\x0a.\\x0ac\\x7f\xe9 has it, since 0 s")


def test_all_workers_are_busy_since_the_last_of_them_took_a_job(stage: Stage) -> None:
    client, workers = stage.connect(), [stage.worker(b"f") for _ in range(2)]
    for _ in range(3):
        client.submit(b"f")
    for worker in workers:
        stage.pass_time(2000)
        worker.ask(GRAB_JOB)
    stage.pass_time(1000)
    assert why(client, b"f") == [
        "jobs\t1 wait, 2 run, 0 are scheduled",
        "busy\t2 workers are busy, since 1 s",
    ]


def test_a_worker_was_woken_and_then_is_silent(stage: Stage) -> None:
    client, worker = stage.connect(), stage.connect(address=b"10.0.0.9")
    worker.say(SET_CLIENT_ID, b"me")
    stage.actors[worker.peer.slot] = worker
    stage.take(stage.core.packet(worker.peer, 1, b"f"))
    stage.take(stage.core.packet(worker.peer, 4, b""))
    client.submit(b"f")
    stage.pass_time(SUSPECT_AFTER - 1)
    assert why(client, handle(1)) == ["woken\t1 worker was woken and has not come, since 0 s: 10.0.0.9 me"]
    stage.pass_time(5000)
    assert why(client, handle(1)) == ["silent\t1 worker was woken and has not come, since 5 s: 10.0.0.9 me"]


def test_a_worker_neither_works_nor_asks(stage: Stage) -> None:
    client = stage.connect()
    workers = [stage.worker(b"f") for _ in range(2)]
    client.submit(b"f")
    assert why(client, handle(1)) == [
        "idle\t2 workers have neither a job nor asked for one: 127.0.0.1 and others"
    ]
    workers[0].ask(GRAB_JOB)
    client.submit(b"f")
    assert why(client, handle(2)) == [
        "busy\t1 of 2 workers are busy, since 0 s",
        "idle\t1 worker has neither a job nor asked for one: 127.0.0.1",
    ]


def test_workers_sleep_that_were_not_woken(stage_with: Stages) -> None:
    stage = stage_with(wakeup=EVERYBODY)
    client = stage.connect()
    client.submit(b"f")
    worker = stage.sleeper(b"g")
    worker.say(1, b"f")
    assert why(client, handle(1)) == ["asleep\t1 worker sleeps and was not woken, see --worker-wakeup"]


def test_jobs_before_it(stage: Stage) -> None:
    client = stage.connect()
    soon = b"%d" % (stage.wall // 1000 + 2)
    client.ask(SUBMIT_JOB_EPOCH, b"f", b"", soon, b"")
    for kind in (SUBMIT_JOB_BG, SUBMIT_JOB_BG, SUBMIT_JOB_LOW_BG, SUBMIT_JOB_HIGH_BG):
        client.submit(b"f", kind=kind)
    stage.pass_time(2000)
    behind = {number: why(client, handle(number))[1:] for number in range(1, 6)}
    assert behind == {
        1: ["behind\t1 job of its function is before it"],
        2: ["behind\t2 jobs of its function are before it"],
        3: ["behind\t3 jobs of its function are before it"],
        4: ["behind\t4 jobs of its function are before it"],
        5: [],
    }
    worker = stage.worker(b"f")
    order = [worker.ask(GRAB_JOB)[0].split(b"\0f\0")[0][12:] for _ in range(5)]
    assert [packet[-len(handle(1)) :] for packet in order] == [handle(n) for n in (5, 1, 2, 3, 4)]


def test_a_job_is_scheduled(stage: Stage) -> None:
    client = stage.connect()
    for seconds in (90, 60):
        client.ask(SUBMIT_JOB_EPOCH, b"f", b"", b"%d" % (stage.wall // 1000 + seconds), b"")
    assert why(client, handle(1)) == ["scheduled\tfor 2023-11-14 22:14:50 UTC, in 90 s"]
    assert why(client, b"f") == [
        "jobs\t0 wait, 0 run, 2 are scheduled",
        "no-worker\tno worker is registered for it",
        "scheduled\t2 jobs, the next for 2023-11-14 22:14:20 UTC, in 60 s",
    ]


def test_times_beyond_all_calendars(stage: Stage) -> None:
    client = stage.connect()
    client.ask(SUBMIT_JOB_EPOCH, b"f", b"", b"9223372036854775807", b"")
    [line] = why(client, handle(1))
    assert line.startswith("scheduled\tfor second 9223372036854775807, in ")


@pytest.mark.parametrize(("timeout", "rest"), [(None, ""), (b"9000", ", and loses it in 5 s")])
def test_a_job_runs(stage: Stage, timeout: bytes | None, rest: str) -> None:
    client, worker = stage.connect(), stage.worker(b"f", timeout=timeout)
    client.submit(b"f")
    worker.ask(GRAB_JOB)
    stage.pass_time(4000)
    assert why(client, handle(1)) == [f"running\t127.0.0.1 has it, since 4 s{rest}"]
    assert why(client, b"f") == ["jobs\t0 wait, 1 run, 0 are scheduled"]


def test_a_limit_is_reached(stage_with: Stages) -> None:
    stage = stage_with(memory_limit=3000, max_uniques=1)
    client = stage.connect()
    worker = stage.worker(b"f")
    client.submit(b"f", b"u")
    worker.ask(GRAB_JOB)
    assert why(client, b"f")[1:] == [
        "limit\tnew jobs with a unique are refused: Server has reached its --max-uniques of 1"
    ]
    client.admin(b"maxqueue f 1")
    stage.core.outside(held=3000)
    assert why(client, b"f")[1:] == [
        *(
            f"limit\tnew jobs of {name} priority are refused: maxqueue is 1"
            for name in ("high", "normal", "low")
        ),
        "limit\tnew jobs are refused: Server has reached its --memory-limit of 3000 bytes",
        "limit\tnew jobs with a unique are refused: Server has reached its --max-uniques of 1",
    ]


def test_the_store_fails(stage_with: Stages) -> None:
    stage = stage_with(durability=SYNC)
    client = stage.connect()
    client.admin(b"create function f")
    stage.take(stage.core.fail_store(b"QUEUE_ERROR\0The store fails"))
    assert why(client, b"f")[2:] == ["limit\tnew background jobs are refused: the store fails"]
