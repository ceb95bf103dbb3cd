"""SUBMIT_JOB_SCHED: minute, hour, day, month and weekday, in local time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.core.conftest import Stages
from tests.core.effects import NOTICE
from tests.core.rules.refusals import BAD_SCHEDULE
from tests.core.rules.schedule import next_minute
from tests.core.stage import Stage, handle
from tests.protocol.wire import (
    ERROR,
    GRAB_JOB,
    JOB_ASSIGN,
    JOB_CREATED,
    NO_JOB,
    SUBMIT_JOB_SCHED,
    WORK_COMPLETE,
    res,
)

ANY = (b"*",) * 5


def due_after(stage: Stage, *fields: bytes) -> int:
    """When a job of this schedule is due, in seconds, by what the log says of it."""
    [created] = stage.connect().ask(SUBMIT_JOB_SCHED, b"f", b"", *fields, b"")
    assert created.startswith(res(JOB_CREATED)[:8])
    return int(stage.logged.pop().split(b",")[-1])


def local_after(stage: Stage, *fields: bytes) -> datetime:
    return datetime.fromtimestamp(due_after(stage, *fields))


def local(stage: Stage) -> datetime:
    return datetime.fromtimestamp(stage.wall // 1000)


@pytest.mark.parametrize("weekday", range(7))
def test_a_leap_day_on_a_given_weekday_may_be_decades_away(stage_with: Stages, weekday: int) -> None:
    stage = stage_with(log_level=NOTICE)
    due = local_after(stage, b"0", b"0", b"29", b"2", b"%d" % weekday)
    leap_days = (datetime(year, 2, 29) for year in range(1972, 2100, 4))
    assert due == next(day for day in leap_days if day > local(stage) and day.weekday() == weekday)


def test_a_schedule_of_stars_is_the_next_full_minute(stage_with: Stages) -> None:
    stage = stage_with(log_level=NOTICE)
    due = local_after(stage, b"*", b"", b"*", b"", b"*")
    assert due == local(stage).replace(second=0) + timedelta(minutes=1)
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
    stage = stage_with(log_level=NOTICE)
    due = local_after(stage, *fields)
    assert {name: getattr(due, name) for name in expected} == expected
    assert local(stage) < due


@pytest.mark.parametrize("weekday", range(7))
def test_weekdays_count_from_monday(stage_with: Stages, weekday: int) -> None:
    stage = stage_with(log_level=NOTICE)
    due = local_after(stage, b"0", b"0", b"", b"", b"%d" % weekday)
    assert due.weekday() == weekday
    assert due - local(stage) <= timedelta(days=7)


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


# Where the clocks are set

ZONES = {
    "UTC": "UTC0",
    "Berlin": "CET-1CEST,M3.5.0,M10.5.0/3",
    "midnight": "<-03>3<-02>,M10.3.0/0,M2.3.0/0",  # the day of the change begins at one o'clock
    "half an hour": "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
    "Kathmandu": "<+0545>-5:45",
}


@pytest.fixture
def live_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Moves the process to another time zone, in POSIX's notation."""

    def move(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield move
    monkeypatch.undo()
    time.tzset()


def field(*values: str) -> st.SearchStrategy[bytes]:
    return st.sampled_from(["*", "*", *values]).map(str.encode)


@pytest.mark.parametrize("zone", ZONES.values(), ids=ZONES.keys())
@given(
    day=st.integers(0, 366),
    minute=st.integers(0, 24 * 60),
    clock=st.tuples(field("0", "15", "30", "59"), field("0", "1", "2", "3", "23")),
    date=st.sampled_from([(b"*", b"*", b"*"), (b"1", b"", b""), (b"31", b"", b""), (b"", b"", b"6")]),
)
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_minute_is_the_first_that_matches_in_any_time_zone(
    stage_with: Stages,
    live_in: Callable[[str], None],
    zone: str,
    day: int,
    minute: int,
    clock: tuple[bytes, bytes],
    date: tuple[bytes, bytes, bytes],
) -> None:
    fields = [*clock, *date]
    live_in(zone)
    stage = stage_with(log_level=NOTICE)
    stage.pass_time((day * 24 * 60 + minute) * 60_000)
    assert due_after(stage, *fields) == next_minute(fields, stage.wall // 1000)


@pytest.mark.parametrize(
    ("zone", "year", "month", "change"),
    [
        ("Berlin", 2024, 3, 31),
        ("Berlin", 2024, 10, 27),
        ("midnight", 2024, 10, 20),
        ("midnight", 2024, 2, 18),
    ],
)
def test_around_a_change_of_the_clocks(
    stage_with: Stages, live_in: Callable[[str], None], zone: str, year: int, month: int, change: int
) -> None:
    """Every half hour from the evening before, with every hour wanted."""
    live_in(ZONES[zone])
    stage = stage_with(log_level=NOTICE)
    evening = int(datetime(year, month, change - 1, 21).timestamp())
    for now in range(evening, evening + 9 * 3600, 1800):
        stage.take(stage.core.time(0, now * 1000))
        for hour in [b"*", *(b"%d" % number for number in range(5))]:
            for fields in ((b"30", hour, b"*", b"*", b"*"), (b"*", hour, b"%d" % change, b"*", b"*")):
                assert due_after(stage, *fields) == next_minute(list(fields), now)
