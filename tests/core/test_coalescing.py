"""Submits that join a job which is there already."""

from __future__ import annotations

import pytest

from tests.core.stage import Stage, handle
from tests.protocol.wire import (
    GRAB_JOB,
    GRAB_JOB_UNIQ,
    JOB_ASSIGN_UNIQ,
    NO_JOB,
    SUBMIT_JOB,
    SUBMIT_JOB_BG,
    SUBMIT_JOB_HIGH_BG,
    WORK_COMPLETE,
    WORK_DATA,
    res,
)


@pytest.mark.parametrize(
    ("first", "second", "joins"),
    [
        ((b"f", b"u", b"x"), (b"f", b"u", b"y"), True),
        ((b"f", b"u", b"x"), (b"g", b"u", b"x"), False),
        ((b"f", b"u", b"x"), (b"f", b"U", b"x"), False),
        ((b"f", b"", b"x"), (b"f", b"", b"x"), False),
        ((b"f", b"-", b"x"), (b"f", b"-", b"x"), True),
        ((b"f", b"-", b"x"), (b"f", b"-", b"y"), False),
        ((b"f", b"-", b""), (b"f", b"-", b""), False),
        ((b"f", b"-", b"x"), (b"g", b"-", b"x"), False),
        ((b"f", b"-", b"x"), (b"f", b"x", b"x"), False),
        ((b"f", b"x", b"-"), (b"f", b"-", b"x"), False),
        ((b"f", b"--", b"x"), (b"f", b"--", b"y"), True),
    ],
)
def test_which_submits_are_one_job(
    stage: Stage, first: tuple[bytes, bytes, bytes], second: tuple[bytes, bytes, bytes], joins: bool
) -> None:
    client = stage.connect()
    assert (client.submit(*first) == client.submit(*second)) == joins
    assert stage.core.counts().jobs == (1 if joins else 2)
    assert stage.core.counts().coalesced == (1 if joins else 0)


def test_the_first_submits_settings_stay(stage: Stage) -> None:
    client, worker = stage.connect(), stage.worker(b"f")
    client.submit(b"f", b"", b"other")
    client.submit(b"f", b"u", b"first")
    client.submit(b"f", b"u", b"second", kind=SUBMIT_JOB_HIGH_BG)
    worker.ask(GRAB_JOB)
    assert worker.ask(GRAB_JOB_UNIQ) == [res(JOB_ASSIGN_UNIQ, handle(2), b"f", b"u", b"first")]
    assert worker.ask(GRAB_JOB) == [res(NO_JOB)]


def test_who_joins_a_running_job_hears_from_then_on(stage: Stage) -> None:
    client, late, worker = stage.connect(), stage.connect(), stage.worker(b"f")
    client.submit(b"f", b"u", kind=SUBMIT_JOB)
    worker.ask(GRAB_JOB)
    worker.say(WORK_DATA, handle(1), b"one")
    late.submit(b"f", b"u", kind=SUBMIT_JOB)
    worker.say(WORK_COMPLETE, handle(1), b"two")
    assert client.hear() == [res(WORK_DATA, handle(1), b"one"), res(WORK_COMPLETE, handle(1), b"two")]
    assert late.hear() == [res(WORK_COMPLETE, handle(1), b"two")]


def test_who_submits_twice_hears_twice(stage: Stage) -> None:
    client, worker = stage.connect(), stage.worker(b"f")
    client.submit(b"f", b"u", kind=SUBMIT_JOB)
    client.submit(b"f", b"u", kind=SUBMIT_JOB)
    worker.ask(GRAB_JOB)
    worker.say(WORK_COMPLETE, handle(1), b"")
    assert client.hear() == [res(WORK_COMPLETE, handle(1), b"")] * 2
    assert stage.core.counts().attachments == 0


def test_a_background_submit_that_joins_hears_nothing_more(stage: Stage) -> None:
    client, other, worker = stage.connect(), stage.connect(), stage.worker(b"f")
    client.submit(b"f", b"u", kind=SUBMIT_JOB)
    other.submit(b"f", b"u", kind=SUBMIT_JOB_BG)
    worker.ask(GRAB_JOB)
    worker.say(WORK_COMPLETE, handle(1), b"")
    assert other.hear() == []
    assert client.hear() == [res(WORK_COMPLETE, handle(1), b"")]


def test_a_finished_job_is_not_joined(stage: Stage) -> None:
    client, worker = stage.connect(), stage.worker(b"f")
    client.submit(b"f", b"u")
    worker.ask(GRAB_JOB)
    worker.say(WORK_COMPLETE, handle(1), b"")
    assert client.submit(b"f", b"u") == handle(2)


def test_a_function_that_was_dropped_is_not_joined(stage: Stage) -> None:
    client = stage.connect()
    client.submit(b"f", b"u")
    client.admin(b"drop function f")
    assert client.submit(b"f", b"u") == handle(2)
    assert client.submit(b"f", b"u") == handle(2)
