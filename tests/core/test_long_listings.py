"""`show jobs` and `show unique jobs` of very many jobs take several turns, in which others are served."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.conftest import Stages
from tests.core.effects import SYNC, Effect, Paused, Resumed
from tests.core.rules.listings import gearmand_hash
from tests.core.stage import Actor, Stage, handle
from tests.protocol.wire import (
    ECHO_REQ,
    ECHO_RES,
    GRAB_JOB,
    JOB_ASSIGN,
    JOB_CREATED,
    SUBMIT_JOB,
    SUBMIT_JOB_BG,
    WORK_COMPLETE,
    WORK_FAIL,
    res,
)

MANY = 9_000
TURNS_MOST = 1000


def full(stage: Stage, count: int = MANY, *, keyed: bool = False) -> Actor:
    """The client that has submitted so many jobs to `f`."""
    client = stage.connect()
    for number in range(count):
        unique = b"u%d" % number if keyed else b""
        stage.core.post(client.peer, SUBMIT_JOB_BG, b"f\0" + unique + b"\0")
    stage.pass_time(0)
    assert len(client.hear()) == count
    return client


def begin(stage: Stage, admin: Actor, line: bytes = b"show jobs") -> None:
    stage.take(stage.core.line(admin.peer, line))
    assert admin.hear() == []
    assert stage.core.patience() == 0


def end(stage: Stage, admin: Actor) -> list[bytes]:
    """Turns until the answer is there: its lines."""
    for _ in range(TURNS_MOST):
        stage.pass_time(0)
        if admin.inbox:
            listing, found, _ = b"".join(admin.hear()).partition(b"\n.\n")
            assert found
            return listing.splitlines()
    raise AssertionError("no answer")


@pytest.mark.parametrize("buckets", [1, 991])
def test_the_order_is_gearmands(stage_with: Stages, buckets: int) -> None:
    stage = stage_with(buckets=buckets)
    client = full(stage)
    begin(stage, client)
    listed = [line.split(b"\t")[0] for line in end(stage, client)]
    newest_first = [handle(number) for number in range(MANY, 0, -1)]
    assert listed == sorted(newest_first, key=lambda job: gearmand_hash(job) % buckets)
    assert stage.core.patience() is None


def test_uniques(stage: Stage) -> None:
    client = full(stage, keyed=True)
    begin(stage, client, b"show unique jobs")
    assert sorted(end(stage, client)) == sorted(b"u%d" % number for number in range(MANY))


def test_jobs_may_come_and_go_meanwhile(stage: Stage) -> None:
    """Each that is there all the time is listed once, so many go that the table shrinks."""
    admin, worker = full(stage), stage.worker(b"f")
    other = stage.connect()
    begin(stage, admin)
    for number in range(1, MANY // 4 * 3):
        worker.ask(GRAB_JOB)
        worker.say(WORK_COMPLETE, handle(number), b"")
        if number % 1000 == 0:
            stage.pass_time(0)
            other.submit(b"g")
    assert admin.hear() == []
    listed = [line.split(b"\t")[0] for line in end(stage, admin)]
    assert len(set(listed)) == len(listed)
    assert set(listed) >= {handle(number) for number in range(MANY // 4 * 3, MANY + 1)}


def test_jobs_may_double_meanwhile(stage: Stage) -> None:
    admin, other = full(stage), stage.connect()
    begin(stage, admin)
    for number in range(2 * MANY):
        stage.core.post(other.peer, SUBMIT_JOB_BG, b"g\0\0")
        if number % 3000 == 0:
            stage.pass_time(0)
    listed = [line.split(b"\t")[0] for line in end(stage, admin)]
    assert len(set(listed)) == len(listed)
    assert set(listed) >= {handle(number) for number in range(1, MANY + 1)}


def test_others_are_answered_meanwhile_and_who_asked_afterwards(stage: Stage) -> None:
    admin, other = full(stage), stage.connect()
    begin(stage, admin)
    stage.pass_time(0)
    assert other.ask(ECHO_REQ, b"now") == [res(ECHO_RES, b"now")]
    admin.say(ECHO_REQ, b"later")
    stage.take(stage.core.line(admin.peer, b"show unique jobs"))
    admin.say(ECHO_REQ, b"last")
    assert admin.hear() == []
    heard: list[bytes] = []
    for _ in range(TURNS_MOST):
        stage.pass_time(0)
        heard += admin.hear()
        if heard and heard[-1] == res(ECHO_RES, b"last"):
            break
    echoes = [index for index, text in enumerate(heard) if text.startswith(b"\0RES")]
    assert [heard[index] for index in echoes] == [res(ECHO_RES, b"later"), res(ECHO_RES, b"last")]
    assert heard[echoes[0] - 1].endswith(b".\n")
    assert heard[echoes[1] - 1].endswith(b".\n")


def test_two_ask_at_once(stage: Stage) -> None:
    one = full(stage)
    other = stage.connect()
    begin(stage, one)
    begin(stage, other)
    assert len(end(stage, one)) == len(end(stage, other)) == MANY


def test_who_asked_leaves(stage: Stage) -> None:
    """What it said before it left is done all the same, and its slot is free in the end."""
    client, admin, worker = full(stage), stage.connect(), stage.worker(b"g")
    begin(stage, admin)
    admin.say(SUBMIT_JOB_BG, b"g", b"", b"")
    admin.say(SUBMIT_JOB, b"f", b"", b"")
    stage.take(stage.core.gone(admin.peer))
    assert stage.forgotten == []
    end(stage, admin)
    assert stage.forgotten == [admin.peer]
    assert worker.ask(GRAB_JOB) == [res(JOB_ASSIGN, handle(MANY + 1), b"g", b"")]
    assert client.admin(b"status").splitlines()[0] in (b"f\t%d\t0\t0" % MANY, b"g\t1\t1\t1")


def test_other_packets_stand_before_the_listing_or_behind_it(stage: Stage) -> None:
    admin = full(stage)
    [created] = admin.ask(SUBMIT_JOB, b"h", b"", b"")
    begin(stage, admin)
    stage.pass_time(0)
    stage.connect().admin(b"drop function h")
    assert admin.hear() == [res(WORK_FAIL, created[12:])]
    assert len(end(stage, admin)) in (MANY, MANY + 1)


def test_who_the_store_lets_go_on_waits_for_its_listing(stage_with: Stages) -> None:
    """Else all that it sends meanwhile would have to be kept."""
    stage = stage_with(durability=SYNC)
    client = stage.connect()
    for _ in range(MANY):
        stage.core.post(client.peer, SUBMIT_JOB_BG, b"f\0\0")
    assert Paused(client.peer) in stage.core.line(client.peer, b"show jobs")
    assert Resumed(client.peer) not in stage.core.commit(MANY)
    effects: list[Effect] = []
    while stage.core.patience() == 0:
        effects += stage.core.time(1, 1)
    assert effects.count(Resumed(client.peer)) == 1
    assert effects[-1] == Resumed(client.peer)


def test_what_waits_for_a_listing_and_for_the_store_keeps_its_order(stage_with: Stages) -> None:
    """The store is still being read when the listing ends."""
    stage = stage_with(durability=SYNC, reading=True)
    admin = stage.connect()
    for number in range(MANY):
        stage.take(stage.core.restore(b"f", b"u%d" % number, b""))
    begin(stage, admin)
    admin.say(ECHO_REQ, b"first")
    admin.say(SUBMIT_JOB_BG, b"g", b"u", b"")
    admin.say(ECHO_REQ, b"last")
    heard: list[bytes] = []
    while stage.core.patience() == 0:
        stage.pass_time(0)
        heard += admin.hear()
    assert heard[-1] == res(ECHO_RES, b"first")
    stage.take(stage.core.all_restored())
    stage.take(stage.core.commit(1))
    assert admin.hear() == [res(JOB_CREATED, handle(MANY + 1)), res(ECHO_RES, b"last")]


def test_a_stage_may_close_in_the_middle(stage_with: Any) -> None:
    stage = stage_with()
    admin = full(stage)
    begin(stage, admin)
    stage.pass_time(0)
    admin.say(SUBMIT_JOB_BG, b"g", b"", b"data")
