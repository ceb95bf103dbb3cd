"""Submits that join a job which is there already."""

from __future__ import annotations

import pytest

from tests.core.driver import Core
from tests.core.effects import Sent
from tests.core.stage import Stage, handle
from tests.protocol.wire import (
    CAN_DO,
    CANT_DO,
    GRAB_JOB,
    GRAB_JOB_UNIQ,
    JOB_ASSIGN_UNIQ,
    JOB_CREATED,
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


class CollidingCore(Core):
    """Every function and every unique has the same hash."""

    def _hash(self, key: bytes) -> int:
        return 7


def test_names_of_equal_hash_are_kept_apart() -> None:
    core = CollidingCore()
    client = core.connect(0)
    functions = [b"f", b"g", b"ff"]
    keys = [(b"u", b"x"), (b"v", b"x"), (b"uu", b"x"), (b"-", b"x"), (b"-", b"y"), (b"-", b"xx")]
    bodies = [b"\0".join((function, *key)) for function in functions for key in keys]
    answers = [core.packet(client, SUBMIT_JOB_BG, body) for body in bodies]
    assert answers == [[Sent(client, res(JOB_CREATED, handle(n)))] for n in range(1, len(bodies) + 1)]
    assert [core.packet(client, SUBMIT_JOB_BG, body) for body in bodies] == answers
    core.packet(client, CAN_DO, b"g")
    core.packet(client, CANT_DO, b"f")
    for number, (unique, data) in enumerate(keys, start=len(keys) + 1):
        job = res(JOB_ASSIGN_UNIQ, handle(number), b"g", unique, data)
        assert core.packet(client, GRAB_JOB_UNIQ) == [Sent(client, job)]
    assert core.packet(client, GRAB_JOB_UNIQ) == [Sent(client, res(NO_JOB))]
    core.close()
