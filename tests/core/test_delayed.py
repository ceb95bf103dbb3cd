"""SUBMIT_JOB_EPOCH: jobs whose time has not come."""

from __future__ import annotations

import pytest

from tests.core.conftest import Stages
from tests.core.rules.refusals import BAD_TIME
from tests.core.stage import START, Actor, Stage, handle
from tests.protocol.wire import (
    ERROR,
    GET_STATUS,
    GRAB_JOB,
    JOB_ASSIGN,
    JOB_CREATED,
    NO_JOB,
    NOOP,
    PRE_SLEEP,
    STATUS_RES,
    SUBMIT_JOB,
    SUBMIT_JOB_BG,
    SUBMIT_JOB_EPOCH,
    SUBMIT_JOB_HIGH_BG,
    SUBMIT_JOB_LOW_BG,
    WORK_COMPLETE,
    res,
)

NOW = START // 1000


def submit_later(client: Actor, seconds: int, function: bytes = b"f", unique: bytes = b"") -> bytes:
    when = client.stage.wall // 1000 + seconds
    [created] = client.ask(SUBMIT_JOB_EPOCH, function, unique, b"%d" % when, b"data")
    return created[12:]


@pytest.mark.parametrize(
    "time", [b"0", b"", b"junk", b"-5", b"%d" % NOW, b"%d" % (NOW - 1), b" 12abc", b"-9223372036854775808"]
)
def test_a_time_that_has_come_is_no_delay(stage: Stage, time: bytes) -> None:
    client, worker = stage.connect(), stage.worker(b"f")
    assert client.ask(SUBMIT_JOB_EPOCH, b"f", b"", time, b"data") == [res(JOB_CREATED, handle(1))]
    assert worker.ask(GRAB_JOB) == [res(JOB_ASSIGN, handle(1), b"f", b"data")]


@pytest.mark.parametrize("time", [b"9223372036854775808", b"-9223372036854775809", b"9" * 30])
def test_a_time_that_does_not_fit_is_refused(stage: Stage, time: bytes) -> None:
    client = stage.connect()
    assert client.ask(SUBMIT_JOB_EPOCH, b"f", b"", time, b"") == [res(ERROR, *BAD_TIME)]


def test_a_time_at_the_end_of_time_is_waited_for(stage: Stage) -> None:
    client = stage.connect()
    client.say(SUBMIT_JOB_EPOCH, b"f", b"", b"9223372036854775807", b"")
    assert stage.core.patience() == 1000


def test_a_delayed_job_is_known_and_counted_but_not_handed_out(stage: Stage) -> None:
    client, worker = stage.connect(), stage.worker(b"f")
    submit_later(client, 5)
    assert worker.ask(GRAB_JOB) == [res(NO_JOB)]
    assert client.ask(GET_STATUS, handle(1)) == [res(STATUS_RES, handle(1), b"1", b"0", b"0", b"0")]
    assert client.admin(b"status") == b"f\t1\t0\t1\n.\n"
    assert client.admin(b"prioritystatus") == b"f\t0\t1\t0\t1\n.\n"
    stage.pass_time(5000)
    assert worker.ask(GRAB_JOB) == [res(JOB_ASSIGN, handle(1), b"f", b"data")]


@pytest.mark.parametrize("wakeup", [-1, 0, 1])
def test_a_sleeper_is_woken_when_the_job_is_due_and_not_before(stage_with: Stages, wakeup: int) -> None:
    stage = stage_with(wakeup=wakeup)
    client, worker = stage.connect(), stage.sleeper(b"f")
    submit_later(client, 2)
    stage.pass_time(1999)
    assert worker.hear() == []
    stage.pass_time(1)
    assert worker.hear() == [res(NOOP)]


def test_who_goes_to_sleep_beside_a_delayed_job_sleeps(stage: Stage) -> None:
    client, worker = stage.connect(), stage.worker(b"f")
    submit_later(client, 2)
    assert worker.ask(PRE_SLEEP) == []
    stage.pass_time(2000)
    assert worker.hear() == [res(NOOP)]


def test_a_delayed_job_keeps_its_place(stage: Stage) -> None:
    client, worker = stage.connect(), stage.worker(b"f")
    client.submit(b"f")
    submit_later(client, 3)
    submit_later(client, 1)
    client.submit(b"f")
    stage.pass_time(3000)
    for number in (1, 2, 3, 4):
        assert worker.ask(GRAB_JOB)[0][12:17] == handle(number)


def test_delayed_jobs_hide_nothing(stage_with: Stages) -> None:
    stage = stage_with(compat=11)
    client, worker = stage.connect(), stage.worker(b"f")
    submit_later(client, 3)
    client.submit(b"f", kind=SUBMIT_JOB_LOW_BG)
    assert worker.ask(GRAB_JOB) == [res(JOB_ASSIGN, handle(2), b"f", b"")]


def test_submits_join_a_delayed_job(stage: Stage) -> None:
    client, worker = stage.connect(), stage.worker(b"f")
    submit_later(client, 3, unique=b"u")
    assert client.submit(b"f", b"u", kind=SUBMIT_JOB) == handle(1)
    assert worker.ask(GRAB_JOB) == [res(NO_JOB)]
    stage.pass_time(3000)
    worker.ask(GRAB_JOB)
    worker.say(WORK_COMPLETE, handle(1), b"")
    assert client.hear() == [res(WORK_COMPLETE, handle(1), b"")]


def test_the_wall_clock_decides(stage: Stage) -> None:
    """It may be set: forwards a job is due at once, backwards one that was due stays so."""
    client, worker = stage.connect(), stage.sleeper(b"f")
    submit_later(client, 3600)
    assert stage.core.patience() == 1000
    stage.take(stage.core.time(stage.now, stage.wall + 3_600_000))
    assert worker.hear() == [res(NOOP)]
    stage.take(stage.core.time(stage.now, stage.wall - 3_600_000))
    assert worker.ask(GRAB_JOB) == [res(JOB_ASSIGN, handle(1), b"f", b"data")]


def test_patience_is_not_longer_than_the_last_part_of_a_second(stage: Stage) -> None:
    client = stage.connect()
    submit_later(client, 2)
    stage.pass_time(1700)
    assert stage.core.patience() == 300
    client.admin(b"cancel job " + handle(1))
    assert stage.core.patience() is None


@pytest.mark.parametrize("priority", [SUBMIT_JOB_HIGH_BG, SUBMIT_JOB_BG, SUBMIT_JOB_LOW_BG])
def test_a_clock_set_before_1970_delays_no_job_that_named_no_time(stage: Stage, priority: int) -> None:
    client, worker = stage.connect(), stage.worker(b"f")
    stage.take(stage.core.time(stage.now, -10_000))
    assert client.ask(priority, b"f", b"", b"data") == [res(JOB_CREATED, handle(1))]
    assert worker.ask(GRAB_JOB) == [res(JOB_ASSIGN, handle(1), b"f", b"data")]
