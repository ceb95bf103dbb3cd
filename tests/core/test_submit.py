"""SUBMIT_JOB and its kin: handles, what a worker gets of them, and when they are refused."""

from __future__ import annotations

import pytest

from tests.core.rules.refusals import QUEUE_FULL, UNIQUE_TOO_LARGE
from tests.core.stage import Stage, handle
from tests.protocol.wire import (
    ERROR,
    GRAB_JOB,
    GRAB_JOB_ALL,
    GRAB_JOB_UNIQ,
    JOB_ASSIGN,
    JOB_ASSIGN_ALL,
    JOB_ASSIGN_UNIQ,
    JOB_CREATED,
    NO_JOB,
    SUBMIT_JOB,
    SUBMIT_JOB_BG,
    SUBMIT_JOB_EPOCH,
    SUBMIT_JOB_HIGH,
    SUBMIT_JOB_HIGH_BG,
    SUBMIT_JOB_LOW,
    SUBMIT_JOB_LOW_BG,
    SUBMIT_JOB_SCHED,
    SUBMIT_REDUCE_JOB,
    SUBMIT_REDUCE_JOB_BACKGROUND,
    WORK_COMPLETE,
    res,
)

MIDDLE = {
    SUBMIT_JOB_EPOCH: (b"0",),
    SUBMIT_JOB_SCHED: (b"*", b"*", b"*", b"*", b"*"),
    SUBMIT_REDUCE_JOB: (b"red", b"agg"),
    SUBMIT_REDUCE_JOB_BACKGROUND: (b"red", b"agg"),
}
FOREGROUND = [SUBMIT_JOB, SUBMIT_JOB_HIGH, SUBMIT_JOB_LOW, SUBMIT_REDUCE_JOB]
BACKGROUND = [
    SUBMIT_JOB_BG,
    SUBMIT_JOB_HIGH_BG,
    SUBMIT_JOB_LOW_BG,
    SUBMIT_JOB_EPOCH,
    SUBMIT_JOB_SCHED,
    SUBMIT_REDUCE_JOB_BACKGROUND,
]
A_MINUTE = 60_000


@pytest.mark.parametrize("kind", FOREGROUND + BACKGROUND)
@pytest.mark.parametrize("data", [b"", b"data", b"\0\0", b"d" * 100_000])
def test_a_job_goes_to_a_worker_and_its_result_back(stage: Stage, kind: int, data: bytes) -> None:
    client, worker = stage.connect(), stage.worker(b"f")
    assert client.ask(kind, b"f", b"u", *MIDDLE.get(kind, ()), data) == [res(JOB_CREATED, handle(1))]
    stage.pass_time(A_MINUTE)
    assert worker.ask(GRAB_JOB) == [res(JOB_ASSIGN, handle(1), b"f", data)]
    assert worker.ask(WORK_COMPLETE, handle(1), data) == []
    heard = [res(WORK_COMPLETE, handle(1), data)] if kind in FOREGROUND else []
    assert client.hear() == heard
    assert stage.core.counts().jobs == 0


def test_handles_count_up(stage: Stage) -> None:
    client = stage.connect()
    assert [client.submit(b"f") for _ in range(12)] == [handle(number) for number in range(1, 13)]


def test_names_may_be_empty_or_long(stage: Stage) -> None:
    client = stage.connect()
    for name in (b"", b"n" * 8191, bytes(range(1, 256))):
        job = client.submit(name, b"u", b"data")
        worker = stage.worker(name)
        assert worker.ask(GRAB_JOB_UNIQ) == [res(JOB_ASSIGN_UNIQ, job, name, b"u", b"data")]


def test_a_reducer_is_seen_by_who_asks_for_all(stage: Stage) -> None:
    client, worker = stage.connect(), stage.worker(b"f")
    for _ in range(3):
        client.say(SUBMIT_REDUCE_JOB_BACKGROUND, b"f", b"", b"red", b"agg", b"data")
    client.say(SUBMIT_REDUCE_JOB_BACKGROUND, b"f", b"u", b"", b"", b"data")
    assert worker.ask(GRAB_JOB_ALL) == [res(JOB_ASSIGN_ALL, handle(1), b"f", b"", b"red", b"data")]
    assert worker.ask(GRAB_JOB_UNIQ) == [res(JOB_ASSIGN_UNIQ, handle(2), b"f", b"", b"data")]
    assert worker.ask(GRAB_JOB) == [res(JOB_ASSIGN, handle(3), b"f", b"data")]
    assert worker.ask(GRAB_JOB_ALL) == [res(JOB_ASSIGN_UNIQ, handle(4), b"f", b"u", b"data")]
    assert worker.ask(GRAB_JOB_ALL) == [res(NO_JOB)]


@pytest.mark.parametrize("kind", FOREGROUND + BACKGROUND)
def test_a_unique_over_64_bytes_is_refused(stage: Stage, kind: int) -> None:
    client = stage.connect()
    longest = client.ask(kind, b"f", b"u" * 64, *MIDDLE.get(kind, ()), b"")
    assert longest == [res(JOB_CREATED, handle(1))]
    too_long = client.ask(kind, b"f", b"u" * 65, *MIDDLE.get(kind, ()), b"")
    assert too_long == [res(ERROR, *UNIQUE_TOO_LARGE)]
    assert client.submit(b"f") == handle(2)


def test_a_unique_of_64_bytes_is_whole(stage: Stage) -> None:
    client, worker = stage.connect(), stage.worker(b"f")
    first = client.submit(b"f", b"u" * 63 + b"1", b"data")
    assert client.submit(b"f", b"u" * 63 + b"1") == first
    assert client.submit(b"f", b"u" * 63 + b"2") != first
    assert worker.ask(GRAB_JOB_UNIQ) == [res(JOB_ASSIGN_UNIQ, first, b"f", b"u" * 63 + b"1", b"data")]


@pytest.mark.parametrize("kind", [SUBMIT_REDUCE_JOB, SUBMIT_REDUCE_JOB_BACKGROUND])
def test_a_reducer_over_64_bytes_is_refused(stage: Stage, kind: int) -> None:
    client = stage.connect()
    assert client.ask(kind, b"f", b"", b"r" * 64, b"a" * 500, b"") == [res(JOB_CREATED, handle(1))]
    assert client.ask(kind, b"f", b"", b"r" * 65, b"", b"") == [res(ERROR, *UNIQUE_TOO_LARGE)]


@pytest.mark.parametrize(
    ("limits", "accepted"),
    [
        (b"2", {SUBMIT_JOB_HIGH_BG: 2, SUBMIT_JOB_BG: 2, SUBMIT_JOB_LOW_BG: 2}),
        (b"1 2 3", {SUBMIT_JOB_HIGH_BG: 1, SUBMIT_JOB_BG: 2, SUBMIT_JOB_LOW_BG: 3}),
        (b"1 2", {SUBMIT_JOB_HIGH_BG: 1, SUBMIT_JOB_BG: 2, SUBMIT_JOB_LOW_BG: 5}),
        (b"0", {SUBMIT_JOB_HIGH_BG: 5, SUBMIT_JOB_BG: 5, SUBMIT_JOB_LOW_BG: 5}),
        (b"-1 1 junk", {SUBMIT_JOB_HIGH_BG: 5, SUBMIT_JOB_BG: 1, SUBMIT_JOB_LOW_BG: 5}),
    ],
)
def test_maxqueue_limits_by_the_new_jobs_priority(
    stage: Stage, limits: bytes, accepted: dict[int, int]
) -> None:
    client = stage.connect()
    for kind, number in accepted.items():
        function = b"f%d" % kind
        client.admin(b"create function " + function)
        assert client.admin(b"maxqueue %s %s" % (function, limits)) == b"OK\r\n"
        answers = [client.ask(kind, function, b"", b"") for _ in range(5)]
        assert [res(ERROR, *QUEUE_FULL)] not in answers[:number]
        assert answers[number:] == [[res(ERROR, *QUEUE_FULL)]] * (5 - number)


def test_maxqueue_counts_running_and_delayed_jobs_and_those_of_all_priorities(stage: Stage) -> None:
    client, worker = stage.connect(), stage.worker(b"f")
    client.submit(b"f", kind=SUBMIT_JOB_LOW_BG)
    worker.ask(GRAB_JOB)
    client.ask(SUBMIT_JOB_EPOCH, b"f", b"", b"%d" % (stage.wall // 1000 + 5), b"")
    client.admin(b"maxqueue f 0 2 0")
    assert client.ask(SUBMIT_JOB_BG, b"f", b"", b"") == [res(ERROR, *QUEUE_FULL)]
    client.submit(b"f", kind=SUBMIT_JOB_HIGH_BG)


def test_a_full_queue_takes_whoever_joins_a_job(stage: Stage) -> None:
    client = stage.connect()
    client.submit(b"f", b"u")
    client.admin(b"maxqueue f 1")
    assert client.submit(b"f", b"u", kind=SUBMIT_JOB) == handle(1)
    assert client.ask(SUBMIT_JOB_BG, b"f", b"v", b"") == [res(ERROR, *QUEUE_FULL)]
    assert client.admin(b"maxqueue f 0") == b"OK\r\n"
    assert client.submit(b"f", b"v") == handle(2)
