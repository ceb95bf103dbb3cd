"""SUBMIT_JOB_EPOCH and SUBMIT_JOB_SCHED: jobs whose time has not come."""

from __future__ import annotations

import datetime

import pytest

from tests.core.conftest import Stages
from tests.core.rules.refusals import BAD_SCHEDULE, BAD_TIME
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
    SUBMIT_JOB_EPOCH,
    SUBMIT_JOB_LOW_BG,
    SUBMIT_JOB_SCHED,
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


# Schedules: minute, hour, day, month, weekday


def due_after(stage: Stage, *fields: bytes) -> datetime.datetime:
    """When a job of this schedule is due, in local time, by what the log says of it."""
    client = stage.connect()
    [created] = client.ask(SUBMIT_JOB_SCHED, b"f", b"", *fields, b"")
    assert created == res(JOB_CREATED, handle(1))
    when = int(stage.logged[-1].split(b",")[-1])
    return datetime.datetime.fromtimestamp(when)


def local(stage: Stage) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(stage.wall // 1000)


def test_a_schedule_of_stars_is_the_next_full_minute(stage_with: Stages) -> None:
    stage = stage_with(log_level=5)
    due = due_after(stage, b"*", b"", b"*", b"", b"*")
    assert due == local(stage).replace(second=0) + datetime.timedelta(minutes=1)
    worker = stage.worker(b"f")
    left = int((due - local(stage)).total_seconds() * 1000)
    stage.pass_time(left - 1)
    assert worker.ask(GRAB_JOB) == [res(NO_JOB)]
    stage.pass_time(1)
    assert worker.ask(GRAB_JOB) == [res(JOB_ASSIGN, handle(1), b"f", b"")]
    worker.say(WORK_COMPLETE, handle(1), b"")
    stage.pass_time(60_000)
    assert worker.ask(GRAB_JOB) == [res(NO_JOB)]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ((b"0", b"*", b"*", b"*", b"*"), {"minute": 0}),
        ((b"07", b"03", b"*", b"*", b"*"), {"minute": 7, "hour": 3}),
        ((b"0", b"0", b"1", b"*", b"*"), {"minute": 0, "hour": 0, "day": 1}),
        ((b"0", b"0", b"31", b"*", b"*"), {"minute": 0, "hour": 0, "day": 31}),
        ((b"30", b"12", b"29", b"2", b"*"), {"minute": 30, "hour": 12, "day": 29, "month": 2, "year": 2024}),
        ((b"*", b"*", b"13", b"*", b"4"), {"minute": 0, "hour": 0, "day": 13}),
    ],
)
def test_the_first_minute_that_matches(
    stage_with: Stages, fields: tuple[bytes, ...], expected: dict[str, int]
) -> None:
    stage = stage_with(log_level=5)
    due = due_after(stage, *fields)
    assert {name: getattr(due, name) for name in expected} == expected
    assert local(stage) < due


@pytest.mark.parametrize("weekday", range(7))
def test_weekdays_count_from_monday(stage_with: Stages, weekday: int) -> None:
    stage = stage_with(log_level=5)
    due = due_after(stage, b"0", b"0", b"", b"", b"%d" % weekday)
    assert due.weekday() == weekday
    assert due - local(stage) <= datetime.timedelta(days=7)


@pytest.mark.parametrize(
    "fields",
    [
        (b"60", b"*", b"*", b"*", b"*"),
        (b"*", b"24", b"*", b"*", b"*"),
        (b"*", b"*", b"0", b"*", b"*"),
        (b"*", b"*", b"32", b"*", b"*"),
        (b"*", b"*", b"*", b"0", b"*"),
        (b"*", b"*", b"*", b"13", b"*"),
        (b"*", b"*", b"*", b"*", b"7"),
        (b"-1", b"*", b"*", b"*", b"*"),
        (b"001", b"*", b"*", b"*", b"*"),
        (b"x", b"*", b"*", b"*", b"*"),
        (b"**", b"*", b"*", b"*", b"*"),
        (b"*", b"*", b"30", b"2", b"*"),
    ],
)
def test_a_schedule_that_never_comes_is_refused(stage: Stage, fields: tuple[bytes, ...]) -> None:
    client = stage.connect()
    assert client.ask(SUBMIT_JOB_SCHED, b"f", b"", *fields, b"") == [res(ERROR, *BAD_SCHEDULE)]
    assert stage.core.counts().jobs == 0
