"""Limits of the whole server: who is refused, in which words, what counts, and what goes on all the same."""

from __future__ import annotations

import pytest

from tests.core.conftest import Stages
from tests.core.effects import LEASE, LEASE_OVER, TIMED_OUT
from tests.core.rules.refusals import functions_full, memory_full, uniques_full
from tests.core.stage import Actor, Stage, handle
from tests.protocol.wire import (
    CAN_DO,
    ERROR,
    GRAB_JOB,
    JOB_ASSIGN,
    JOB_CREATED,
    NOOP,
    PRE_SLEEP,
    RESET_ABILITIES,
    SUBMIT_JOB,
    SUBMIT_JOB_BG,
    SUBMIT_JOB_EPOCH,
    WORK_COMPLETE,
    res,
)

LIMIT = 20_000
NO_MEMORY = res(ERROR, *memory_full(LIMIT))


def limits(actor: Actor) -> dict[str, list[str]]:
    """Of `show limits`: value, used, refused, by name."""
    lines = actor.admin(b"show limits").decode().splitlines()
    assert lines.pop() == "."
    rows = [line.split("\t") for line in lines]
    return {name: rest for name, *rest in rows}


def fill(client: Actor, function: bytes = b"f", kind: int = SUBMIT_JOB_BG) -> int:
    """Submits until that is refused for want of memory; returns how many were accepted."""
    for count in range(1000):
        [answer] = client.ask(kind, function, b"", b"d" * 1000)
        if answer == NO_MEMORY:
            return count
    raise AssertionError("never refused")


# Memory


def test_over_the_memory_limit_submits_are_refused_until_jobs_end(stage_with: Stages) -> None:
    stage = stage_with(memory_limit=LIMIT)
    client, worker = stage.connect(), stage.worker(b"f")
    count = fill(client)
    held = stage.core.counts()
    assert held.jobs == count
    assert held.refused == 1
    assert LIMIT - 1500 < stage.core.memory() <= LIMIT
    assert fill(client, kind=SUBMIT_JOB) == 0
    assert stage.core.counts().attachments == 0
    worker.ask(GRAB_JOB)
    worker.say(WORK_COMPLETE, handle(1), b"")
    assert fill(client) == 1


def test_clients_that_join_a_job_count(stage_with: Stages) -> None:
    stage = stage_with(memory_limit=LIMIT)
    client = stage.connect()
    client.submit(b"f", b"u", kind=SUBMIT_JOB)
    answers = [client.ask(SUBMIT_JOB, b"f", b"u", b"")[0] for _ in range(1000)]
    joined = answers.count(res(JOB_CREATED, handle(1)))
    assert 100 < joined < 400
    assert answers[joined:] == [NO_MEMORY] * (1000 - joined)
    assert stage.core.counts().attachments == joined + 1
    assert client.submit(b"f", b"u") == handle(1)


def test_functions_count(stage_with: Stages) -> None:
    stage = stage_with(memory_limit=LIMIT)
    client = stage.connect()
    answers = [client.admin(b"create function %d" % number) for number in range(100)]
    assert answers[-1] == b"ERR Server has reached its --memory-limit of 20000 bytes\r\n"
    assert client.ask(SUBMIT_JOB_BG, b"f", b"", b"") == [NO_MEMORY]
    assert b"f\t" not in client.admin(b"status")


def test_workers_come_when_jobs_may_not(stage_with: Stages) -> None:
    stage = stage_with(memory_limit=LIMIT)
    client = stage.connect()
    fill(client)
    worker = stage.worker(b"f")
    assert worker.hear() == []
    assert worker.ask(GRAB_JOB) == [res(JOB_ASSIGN, handle(1), b"f", b"d" * 1000)]


def test_workers_that_register_without_end_are_refused(stage_with: Stages) -> None:
    stage = stage_with(memory_limit=LIMIT)
    worker = stage.worker(b"f")
    answers = [worker.ask(CAN_DO, b"f") for _ in range(1000)]
    assert [NO_MEMORY] in answers
    assert answers[answers.index([NO_MEMORY]) :] == [[NO_MEMORY]] * (1000 - answers.index([NO_MEMORY]))
    assert stage.core.memory() < LIMIT * 9 / 8 + 500
    worker.say(RESET_ABILITIES)
    assert worker.ask(CAN_DO, b"f") == []


def test_what_the_io_threads_hold_counts(stage_with: Stages) -> None:
    stage = stage_with(memory_limit=LIMIT)
    client = stage.connect()
    client.submit(b"f")
    stage.core.outside(held=LIMIT)
    assert client.ask(SUBMIT_JOB_BG, b"f", b"", b"") == [NO_MEMORY]
    stage.core.outside(held=0)
    client.submit(b"f")


def test_memory_comes_back(stage_with: Stages) -> None:
    stage = stage_with(memory_limit=LIMIT)
    before = stage.core.memory()
    client, worker = stage.connect(), stage.worker(b"f", b"g", b"h")
    client.submit(b"f", b"u", kind=SUBMIT_JOB)
    client.submit(b"f", b"u", kind=SUBMIT_JOB)
    assert stage.core.memory() > before
    client.leave()
    worker.leave()
    admin = stage.connect()
    for function in (b"f", b"g", b"h"):
        assert admin.admin(b"drop function " + function) == b"OK\r\n"
    admin.leave()
    assert stage.core.memory() == before


# Numbers


def test_more_functions_are_refused(stage_with: Stages) -> None:
    stage = stage_with(max_functions=2)
    client, worker = stage.connect(), stage.worker(b"f")
    refused = res(ERROR, *functions_full(2))
    client.submit(b"g")
    assert client.ask(SUBMIT_JOB_BG, b"h", b"", b"") == [refused]
    assert worker.ask(CAN_DO, b"h") == [refused]
    assert client.admin(b"create function h") == b"ERR Server has reached its --max-functions of 2\r\n"
    client.submit(b"f")
    assert client.admin(b"drop function g") == b"OK\r\n"
    assert worker.ask(CAN_DO, b"h") == []
    assert limits(client)["max-functions"] == ["2", "2", "3"]


def test_more_uniques_are_refused(stage_with: Stages) -> None:
    stage = stage_with(max_uniques=2)
    client, worker = stage.connect(), stage.worker(b"f")
    for unique in (b"u", b"v"):
        client.submit(b"f", unique, b"data")
    assert client.ask(SUBMIT_JOB_BG, b"f", b"w", b"") == [res(ERROR, *uniques_full(2))]
    assert client.ask(SUBMIT_JOB_BG, b"f", b"-", b"data") == [res(ERROR, *uniques_full(2))]
    assert client.submit(b"f", b"u") == handle(1)
    client.submit(b"f")
    worker.ask(GRAB_JOB)
    worker.say(WORK_COMPLETE, handle(1), b"")
    client.submit(b"f", b"w")
    assert limits(client)["max-uniques"] == ["2", "2", "2"]


# Leases


def test_a_job_is_taken_back_when_its_lease_is_over(stage_with: Stages) -> None:
    stage = stage_with(job_lease=LEASE)
    worker, client, other = stage.worker(b"f"), stage.connect(), stage.sleeper(b"f")
    client.submit(b"f", b"u")
    other.hear()
    worker.ask(GRAB_JOB)
    other.say(PRE_SLEEP)
    assert stage.core.patience() == LEASE
    stage.pass_time(LEASE - 1)
    assert other.hear() == []
    stage.pass_time(1)
    assert other.hear() == [res(NOOP)]
    assert other.ask(GRAB_JOB) == [res(JOB_ASSIGN, handle(1), b"f", b"")]
    assert stage.logged == [LEASE_OVER + handle(1) + b" u"]
    assert limits(client)["job-lease"] == ["5", "1", "1"]


@pytest.mark.parametrize(
    ("timeout", "line"), [(b"1500", TIMED_OUT), (b"9000", TIMED_OUT), (b"0", LEASE_OVER)]
)
def test_a_workers_own_time_out_wins(stage_with: Stages, timeout: bytes, line: bytes) -> None:
    stage = stage_with(job_lease=LEASE)
    worker, client = stage.worker(b"f", timeout=timeout), stage.connect()
    client.submit(b"f", b"u")
    worker.ask(GRAB_JOB)
    assert stage.core.patience() == (int(timeout) or LEASE)
    stage.pass_time(int(timeout) or LEASE)
    assert stage.logged == [line + handle(1) + b" u"]


# What is shown


def test_limits_are_shown(stage: Stage) -> None:
    client = stage.connect()
    assert limits(client) == {
        "max-packet": ["0", "-", "0"],
        "max-connections": ["0", "0", "0"],
        "max-output": ["0", "0", "0"],
        "memory-limit": ["0", str(stage.core.memory()), "0"],
        "max-functions": ["0", "0", "0"],
        "max-uniques": ["0", "0", "0"],
        "packet-timeout": ["0", "0", "0"],
        "job-lease": ["0", "0", "0"],
    }


def test_what_others_refused_is_shown(stage_with: Stages) -> None:
    stage = stage_with(max_packet=100, memory_limit=LIMIT)
    client = stage.connect()
    fill(client)
    too_large = next(i for i in range(1, 30) if b"max-packet" in bytes(_body(stage, client, i)))
    assert too_large > 0
    stage.core.outside(
        connections=3,
        max_connections=4,
        refused_connections=5,
        output=6,
        max_output=2**40,
        closed_output=8,
        unfinished=9,
        packet_timeout=10_000,
        closed_unfinished=11,
    )
    shown = limits(client)
    assert shown["max-packet"] == ["100", "-", "1"]
    assert shown["max-connections"] == ["4", "3", "5"]
    assert shown["max-output"] == [str(2**40), "6", "8"]
    assert shown["memory-limit"][::2] == [str(LIMIT), "1"]
    assert shown["packet-timeout"] == ["10", "9", "11"]


def _body(stage: Stage, client: Actor, error: int) -> bytes:
    """What the fault of this number is answered, if it is one of packets."""
    stage.take(stage.core.fault(client.peer, error))
    return b"".join(client.hear())


def test_delayed_jobs_count(stage_with: Stages) -> None:
    stage = stage_with(memory_limit=LIMIT)
    client = stage.connect()
    before = stage.core.memory()
    client.ask(SUBMIT_JOB_EPOCH, b"f", b"", b"%d" % (stage.wall // 1000 + 9), b"d" * 1000)
    assert stage.core.memory() - before > 1000


def test_workers_come_for_more_jobs_than_the_limit_allows(stage_with: Stages) -> None:
    """As after a start with jobs that a store had, which no limit keeps out."""
    stage = stage_with(memory_limit=LIMIT)
    for number in range(60):
        stage.take(stage.core.restore(b"f", b"%d" % number, b"d" * 1000))
    assert stage.core.memory() > 2 * LIMIT
    worker = stage.worker(b"f")
    assert worker.hear() == []
    assert worker.ask(GRAB_JOB) == [res(JOB_ASSIGN, handle(1), b"f", b"d" * 1000)]
