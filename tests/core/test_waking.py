"""Sleeping workers: who is woken by what, and when another is woken instead."""

from __future__ import annotations

import pytest

from tests.core.conftest import Stages
from tests.core.effects import EVERYBODY
from tests.core.stage import Actor, Stage, handle
from tests.protocol.wire import (
    CAN_DO,
    CANT_DO,
    GRAB_JOB,
    JOB_ASSIGN,
    JOB_CREATED,
    NO_JOB,
    NOOP,
    PRE_SLEEP,
    RESET_ABILITIES,
    SUBMIT_JOB_BG,
    SUBMIT_JOB_HIGH_BG,
    WORK_COMPLETE,
    res,
)

SUSPECT_AFTER = 500  # ms, as in the default options


def woken(workers: list[Actor]) -> list[int]:
    """Which of the workers have heard NOOP since they were last asked; nobody hears anything else."""
    heard = [worker.hear() for worker in workers]
    assert all(packets in ([], [res(NOOP)]) for packets in heard)
    return [index for index, packets in enumerate(heard) if packets]


def sleepers(stage: Stage, number: int, *functions: bytes) -> list[Actor]:
    """Workers that fell asleep in this order."""
    return [stage.sleeper(*(functions or (b"f",))) for _ in range(number)]


def test_a_job_wakes_one_sleeper(stage: Stage) -> None:
    workers, client = sleepers(stage, 3), stage.connect()
    client.submit(b"f")
    assert len(woken(workers)) == 1


def test_as_many_are_woken_as_there_are_jobs(stage: Stage) -> None:
    workers, client = sleepers(stage, 3), stage.connect()
    awake: list[int] = []
    for _ in range(5):
        client.submit(b"f")
        awake += woken(workers)
    assert sorted(awake) == [0, 1, 2]


@pytest.mark.parametrize("wakeup", [1, 2])
def test_w_n_wakes_n_for_each_job_in_turn(stage_with: Stages, wakeup: int) -> None:
    stage = stage_with(wakeup=wakeup)
    workers, client = sleepers(stage, 5), stage.connect()
    awake = []
    for _ in range(4):
        client.submit(b"f")
        awake.append(woken(workers))
    assert awake == ([[0], [1], [2], [3]] if wakeup == 1 else [[0, 1], [2, 3], [4], []])


def test_w_n_goes_on_where_the_last_search_ended(stage_with: Stages) -> None:
    stage = stage_with(wakeup=1)
    workers, client = sleepers(stage, 3), stage.connect()
    for worker in (0, 1, 2, 0):
        client.submit(b"f")
        assert woken(workers) == [worker]
        workers[worker].ask(GRAB_JOB)
        workers[worker].ask(PRE_SLEEP)


def test_w_0_wakes_all(stage_with: Stages) -> None:
    stage = stage_with(wakeup=EVERYBODY)
    workers, client = sleepers(stage, 4), stage.connect()
    client.submit(b"f")
    assert woken(workers) == [0, 1, 2, 3]
    client.submit(b"f")
    assert woken(workers) == []


def test_only_who_can_do_the_job_is_woken(stage: Stage) -> None:
    [one] = sleepers(stage, 1, b"f")
    [other] = sleepers(stage, 1, b"g")
    client = stage.connect()
    client.submit(b"g")
    assert woken([one, other]) == [1]


def test_who_does_not_sleep_is_not_woken(stage: Stage) -> None:
    worker, client = stage.worker(b"f"), stage.connect()
    client.submit(b"f")
    assert worker.hear() == []


def test_who_submits_to_itself_hears_noop_first(stage: Stage) -> None:
    [worker] = sleepers(stage, 1)
    assert worker.ask(SUBMIT_JOB_BG, b"f", b"", b"") == [res(NOOP), res(JOB_CREATED, handle(1))]


@pytest.mark.parametrize("wakeup", [-1, EVERYBODY, 1])
def test_going_to_sleep_beside_a_job_is_answered_each_time(stage_with: Stages, wakeup: int) -> None:
    stage = stage_with(wakeup=wakeup)
    client, worker = stage.connect(), stage.worker(b"f")
    client.submit(b"f")
    for _ in range(3):
        assert worker.ask(PRE_SLEEP) == [res(NOOP)]
    assert worker.ask(GRAB_JOB) == [res(JOB_ASSIGN, handle(1), b"f", b"")]


@pytest.mark.parametrize("wakeup", [-1, EVERYBODY, 1])
def test_pre_sleep_makes_an_unanswered_noop_good(stage_with: Stages, wakeup: int) -> None:
    """Somebody else took the job; the worker that found nothing must be woken again."""
    stage = stage_with(wakeup=wakeup)
    [worker] = sleepers(stage, 1)
    client, other = stage.connect(), stage.worker(b"f")
    client.submit(b"f")
    assert worker.hear() == [res(NOOP)]
    other.ask(GRAB_JOB)
    assert worker.ask(PRE_SLEEP) == []
    client.submit(b"f")
    assert worker.hear() == [res(NOOP)]


def test_who_learns_while_asleep_is_woken_for_what_waits(stage: Stage) -> None:
    [worker] = sleepers(stage, 1, b"g")
    client = stage.connect()
    client.submit(b"f")
    assert worker.ask(CAN_DO, b"f") == [res(NOOP)]


def test_who_learns_while_asleep_waits_for_the_next_job_where_wake_ups_are_not_counted(
    stage_with: Stages,
) -> None:
    stage = stage_with(wakeup=EVERYBODY)
    [worker] = sleepers(stage, 1, b"g")
    client = stage.connect()
    client.submit(b"f")
    assert worker.ask(CAN_DO, b"f") == []
    client.submit(b"f")
    assert worker.hear() == [res(NOOP)]


# A wake-up that leads to nothing is passed on


def first_and_others(stage: Stage, *functions: bytes) -> tuple[Actor, list[Actor]]:
    """Three workers asleep, of which a job of `f` has woken one."""
    workers, client = sleepers(stage, 3, *(functions or (b"f",))), stage.connect()
    client.submit(b"f")
    [first] = woken(workers)
    return workers.pop(first), workers


def test_when_the_woken_worker_leaves(stage: Stage) -> None:
    first, others = first_and_others(stage)
    first.leave()
    assert len(woken(others)) == 1


@pytest.mark.parametrize("kind", [CANT_DO, RESET_ABILITIES])
def test_when_the_woken_worker_can_do_it_no_more(stage: Stage, kind: int) -> None:
    first, others = first_and_others(stage, b"g", b"f")
    assert first.ask(kind, *([b"f"] if kind == CANT_DO else [])) == []
    assert len(woken(others)) == 1


def test_not_when_the_woken_worker_unlearns_something_else(stage: Stage) -> None:
    first, others = first_and_others(stage, b"g", b"f")
    first.say(CANT_DO, b"g")
    assert woken(others) == []


def test_when_the_woken_worker_takes_a_job_of_another_function(stage: Stage) -> None:
    [busy] = sleepers(stage, 1, b"g", b"f")
    client = stage.connect()
    client.submit(b"f")
    assert woken([busy]) == [0]
    [idle] = sleepers_beside_a_job(stage, b"f")
    client.submit(b"g", kind=SUBMIT_JOB_HIGH_BG)
    assert busy.ask(GRAB_JOB) == [res(JOB_ASSIGN, handle(2), b"g", b"")]
    assert woken([idle]) == [0]


def sleepers_beside_a_job(stage: Stage, function: bytes) -> list[Actor]:
    """A worker that registers while it sleeps, with enough others on their way."""
    worker = stage.sleeper(b"nothing")
    assert worker.ask(CAN_DO, function) == []
    return [worker]


def test_when_the_woken_worker_stays_silent(stage: Stage) -> None:
    first, others = first_and_others(stage)
    assert stage.core.patience() == SUSPECT_AFTER
    stage.pass_time(SUSPECT_AFTER - 1)
    assert woken(others) == []
    stage.pass_time(1)
    [second] = woken(others)
    assert stage.core.patience() == SUSPECT_AFTER
    others.pop(second)
    stage.pass_time(SUSPECT_AFTER)
    assert woken(others) == [0]
    stage.pass_time(SUSPECT_AFTER)
    assert stage.core.patience() is None
    assert first.ask(GRAB_JOB) == [res(JOB_ASSIGN, handle(1), b"f", b"")]


def test_a_suspect_that_comes_back_is_like_any_other(stage: Stage) -> None:
    first, others = first_and_others(stage)
    stage.pass_time(SUSPECT_AFTER)
    [second] = woken(others)
    others[second].ask(GRAB_JOB)
    assert first.ask(GRAB_JOB) == [res(NO_JOB)]
    assert first.ask(PRE_SLEEP) == []
    others[second].say(PRE_SLEEP)
    for _ in range(3):
        stage.actors[3].submit(b"f")
    assert woken([first, *others]) == [0, 1, 2]


def test_nobody_is_suspected_after_coming(stage: Stage) -> None:
    first, others = first_and_others(stage)
    assert first.ask(GRAB_JOB) == [res(JOB_ASSIGN, handle(1), b"f", b"")]
    stage.pass_time(10 * SUSPECT_AFTER)
    assert woken(others) == []


# Jobs that come back


def test_a_job_that_comes_back_wakes_a_sleeper(stage: Stage) -> None:
    worker, client = stage.worker(b"f"), stage.connect()
    client.submit(b"f")
    worker.ask(GRAB_JOB)
    workers = sleepers(stage, 2)
    worker.leave()
    assert len(woken(workers)) == 1


def test_each_job_that_comes_back_wakes_one_of_its_function(stage: Stage) -> None:
    worker, client = stage.worker(b"f", b"g"), stage.connect()
    for function in (b"f", b"g"):
        client.submit(function)
        worker.ask(GRAB_JOB)
    ones, others = sleepers(stage, 2, b"f"), sleepers(stage, 2, b"g")
    worker.leave()
    assert len(woken(ones)) == len(woken(others)) == 1


def test_a_job_that_ends_wakes_nobody(stage: Stage) -> None:
    worker, client = stage.worker(b"f"), stage.connect()
    client.submit(b"f")
    worker.ask(GRAB_JOB)
    workers = sleepers(stage, 2)
    worker.say(WORK_COMPLETE, handle(1), b"")
    assert woken(workers) == []
