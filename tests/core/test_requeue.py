"""Jobs that lose their worker: by its leaving, by CANT_DO, by a time-out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.core.conftest import Stages
from tests.core.effects import DROPPED, NOTICE, TIMED_OUT
from tests.core.rules.refusals import BAD_TIMEOUT, NO_JOB_FOR_RESULT
from tests.core.stage import Actor, Stage, handle
from tests.protocol.wire import (
    CAN_DO,
    CAN_DO_TIMEOUT,
    CANT_DO,
    ERROR,
    GET_STATUS,
    GRAB_JOB,
    JOB_ASSIGN,
    NO_JOB,
    PRE_SLEEP,
    RESET_ABILITIES,
    STATUS_RES,
    SUBMIT_JOB,
    WORK_COMPLETE,
    WORK_FAIL,
    WORK_STATUS,
    res,
)

TIMEOUT = 1500
Loss = Callable[[Stage, Actor], None]


def by_leaving(_stage: Stage, worker: Actor) -> None:
    worker.leave()


def by_cant_do(_stage: Stage, worker: Actor) -> None:
    assert worker.ask(CANT_DO, b"f") == []


def by_reset_abilities(_stage: Stage, worker: Actor) -> None:
    assert worker.ask(RESET_ABILITIES) == []


def by_time_out(stage: Stage, worker: Actor) -> None:
    stage.pass_time(TIMEOUT)
    assert worker.hear() == []


LOSSES = [by_leaving, by_cant_do, by_reset_abilities, by_time_out]


@pytest.mark.parametrize("lose", LOSSES)
def test_the_job_goes_to_another_and_nobody_is_told(stage: Stage, lose: Loss) -> None:
    client, worker = stage.connect(), stage.worker(b"f", timeout=b"1500")
    client.submit(b"f", kind=SUBMIT_JOB)
    worker.ask(GRAB_JOB)
    worker.say(WORK_STATUS, handle(1), b"3", b"10")
    client.hear()
    lose(stage, worker)
    assert client.ask(GET_STATUS, handle(1)) == [res(STATUS_RES, handle(1), b"1", b"0", b"0", b"0")]
    other = stage.worker(b"f")
    assert other.ask(GRAB_JOB) == [res(JOB_ASSIGN, handle(1), b"f", b"")]
    other.say(WORK_COMPLETE, handle(1), b"x")
    assert client.hear() == [res(WORK_COMPLETE, handle(1), b"x")]


@pytest.mark.parametrize("lose", LOSSES)
def test_the_job_stands_last(stage: Stage, lose: Loss) -> None:
    client, worker = stage.connect(), stage.worker(b"f", timeout=b"1500")
    for _ in range(2):
        client.submit(b"f")
    worker.ask(GRAB_JOB)
    lose(stage, worker)
    other = stage.worker(b"f")
    for number in (2, 1):
        assert other.ask(GRAB_JOB) == [res(JOB_ASSIGN, handle(number), b"f", b"")]


@pytest.mark.parametrize("lose", LOSSES)
def test_the_last_attempt_fails_the_job(stage_with: Stages, lose: Loss) -> None:
    stage = stage_with(max_attempts=2, log_level=NOTICE)
    client = stage.connect()
    client.submit(b"f", b"u", kind=SUBMIT_JOB)
    for attempt in (1, 2):
        worker = stage.worker(b"f", timeout=b"1500")
        assert worker.ask(GRAB_JOB) == [res(JOB_ASSIGN, handle(1), b"f", b"")]
        lose(stage, worker)
        assert client.hear() == ([res(WORK_FAIL, handle(1))] if attempt == 2 else [])
    assert stage.core.counts().jobs == 0
    assert DROPPED + b"H:t:1 u" in stage.logged
    assert stage.worker(b"f").ask(GRAB_JOB) == [res(NO_JOB)]


def test_without_a_limit_attempts_are_only_counted(stage: Stage) -> None:
    client = stage.connect()
    client.submit(b"f")
    for attempt in range(300):
        assert client.admin(b"show jobs") == b"H:t:1\t%d\t0\t1\n.\n" % attempt
        worker = stage.worker(b"f")
        worker.ask(GRAB_JOB)
        worker.leave()


def test_cant_do_gives_back_only_jobs_of_that_function(stage: Stage) -> None:
    client, worker = stage.connect(), stage.worker(b"f", b"g")
    for function in (b"f", b"g", b"f"):
        client.submit(function)
    for _ in range(3):
        worker.ask(GRAB_JOB)
    worker.say(CANT_DO, b"f")
    assert client.admin(b"status") == b"f\t2\t0\t0\ng\t1\t1\t1\n.\n"
    assert worker.ask(WORK_COMPLETE, handle(2), b"") == []


def test_jobs_of_one_worker_come_back_last_grabbed_first(stage: Stage) -> None:
    client, worker = stage.connect(), stage.worker(b"f")
    for _ in range(3):
        client.submit(b"f")
        worker.ask(GRAB_JOB)
    worker.leave()
    other = stage.worker(b"f")
    for number in (3, 2, 1):
        assert other.ask(GRAB_JOB) == [res(JOB_ASSIGN, handle(number), b"f", b"")]


# Time-outs


@pytest.mark.parametrize(
    ("text", "timeout"),
    [
        (b"1", 1000),
        (b"999", 1000),
        (b"1000", 1000),
        (b" +1500ms", 1500),
        (b"1500\0", 1500),
        (b"4294967295", 2**32 - 1),
        (b"99999999999", 2**32 - 1),
        (b"0", None),
        (b"-1", None),
        (b"", None),
        (b"soon", None),
    ],
)
def test_how_long_a_job_may_take(stage: Stage, text: bytes, timeout: int | None) -> None:
    client, worker = stage.connect(), stage.worker(b"f", timeout=text)
    client.submit(b"f", b"u")
    worker.ask(GRAB_JOB)
    assert stage.core.patience() == timeout
    if timeout is not None:
        stage.pass_time(timeout - 1)
        assert stage.logged == []
        stage.pass_time(1)
        assert stage.logged == [TIMED_OUT + b"H:t:1 u"]


@pytest.mark.parametrize("text", [b"9" * 20, b"-" + b"9" * 19, b"1" * 21, b"9223372036854775808"])
def test_a_time_out_that_is_no_number_of_milliseconds(stage: Stage, text: bytes) -> None:
    worker = stage.connect()
    assert worker.ask(CAN_DO_TIMEOUT, b"f", text) == [res(ERROR, *BAD_TIMEOUT)]
    assert stage.core.counts().registrations == 0


def test_a_late_worker_is_told_when_it_speaks(stage: Stage) -> None:
    client, worker = stage.connect(), stage.worker(b"f", timeout=b"1500")
    client.submit(b"f", kind=SUBMIT_JOB)
    worker.ask(GRAB_JOB)
    stage.pass_time(TIMEOUT)
    assert worker.ask(WORK_COMPLETE, handle(1), b"") == [res(ERROR, *NO_JOB_FOR_RESULT)]
    assert worker.ask(GRAB_JOB) == [res(JOB_ASSIGN, handle(1), b"f", b"")]
    assert worker.ask(WORK_COMPLETE, handle(1), b"") == []
    assert client.hear() == [res(WORK_COMPLETE, handle(1), b"")]


def test_each_job_has_its_own_time_out(stage: Stage) -> None:
    client, worker = stage.connect(), stage.worker(b"f", timeout=b"1500")
    for _ in range(3):
        client.submit(b"f", b"%d" % stage.now)
        worker.ask(GRAB_JOB)
        stage.pass_time(100)
    assert stage.core.patience() == TIMEOUT - 300
    assert worker.ask(WORK_COMPLETE, handle(1), b"") == []
    assert stage.core.patience() == TIMEOUT - 200
    stage.pass_time(TIMEOUT - 200)
    assert stage.logged == [TIMED_OUT + b"H:t:2 100"]
    stage.pass_time(100)
    assert stage.logged == [TIMED_OUT + b"H:t:2 100", TIMED_OUT + b"H:t:3 200"]
    assert stage.core.patience() is None


@pytest.mark.parametrize("distraction", [PRE_SLEEP, GRAB_JOB])
def test_nothing_the_worker_does_meanwhile_turns_it_off(stage: Stage, distraction: int) -> None:
    client, worker = stage.connect(), stage.worker(b"f", timeout=b"1500")
    client.submit(b"f")
    worker.ask(GRAB_JOB)
    worker.say(CAN_DO, b"untimed")
    client.submit(b"untimed")
    worker.ask(distraction)
    stage.pass_time(TIMEOUT)
    assert stage.logged == [TIMED_OUT + b"H:t:1 "]


@pytest.mark.parametrize("end", [WORK_COMPLETE, WORK_FAIL])
def test_a_job_that_ended_does_not_time_out(stage: Stage, end: int) -> None:
    client, worker = stage.connect(), stage.worker(b"f", timeout=b"1500")
    client.submit(b"f")
    worker.ask(GRAB_JOB)
    worker.say(end, handle(1), *([b""] if end == WORK_COMPLETE else []))
    client.submit(b"f")
    stage.pass_time(10 * TIMEOUT)
    assert stage.logged == []
    assert client.admin(b"status") == b"f\t1\t0\t1\n.\n"


@pytest.mark.parametrize(("compat", "timeout"), [(11, TIMEOUT), (20, TIMEOUT)])
def test_of_two_registrations_the_one_in_front_counts(stage_with: Stages, compat: int, timeout: int) -> None:
    """Taking a job through it moves it to the end where turns are taken."""
    stage = stage_with(compat=compat)
    client, worker = stage.connect(), stage.worker(b"f")
    worker.say(CAN_DO_TIMEOUT, b"f", b"%d" % timeout)
    for _ in range(2):
        client.submit(b"f")
    worker.ask(GRAB_JOB)
    stage.pass_time(1)
    worker.ask(GRAB_JOB)
    stage.pass_time(timeout)
    assert len(stage.logged) == (2 if compat == 11 else 1)
