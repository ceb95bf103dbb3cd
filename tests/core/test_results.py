"""WORK_*: what clients hear of a job, and what becomes of results that nobody asked for."""

from __future__ import annotations

import pytest

from tests.core.conftest import Stages
from tests.core.rules.refusals import (
    HANDLE_TOO_LARGE,
    NO_JOB_FOR_DATA,
    NO_JOB_FOR_EXCEPTION,
    NO_JOB_FOR_RESULT,
    UNKNOWN_OPTION,
    Refusal,
)
from tests.core.stage import Actor, Stage, handle
from tests.protocol.wire import (
    CANT_DO,
    ERROR,
    GRAB_JOB,
    OPTION_REQ,
    OPTION_RES,
    SUBMIT_JOB,
    SUBMIT_JOB_BG,
    WORK_COMPLETE,
    WORK_DATA,
    WORK_EXCEPTION,
    WORK_FAIL,
    WORK_STATUS,
    WORK_WARNING,
    res,
)

FINALS = [WORK_COMPLETE, WORK_FAIL, WORK_EXCEPTION]
REFUSALS: dict[int, Refusal] = {
    WORK_DATA: NO_JOB_FOR_DATA,
    WORK_WARNING: NO_JOB_FOR_DATA,
    WORK_STATUS: NO_JOB_FOR_RESULT,
    WORK_COMPLETE: NO_JOB_FOR_RESULT,
    WORK_FAIL: NO_JOB_FOR_RESULT,
    WORK_EXCEPTION: NO_JOB_FOR_EXCEPTION,
}
MORE_ARGUMENTS = {WORK_STATUS: (b"1", b"2"), WORK_FAIL: ()}


def result(kind: int, job: bytes) -> tuple[bytes, ...]:
    return (job, *MORE_ARGUMENTS.get(kind, (b"",)))


def running(stage: Stage) -> tuple[Actor, Actor]:
    """The client and the worker of a foreground job that runs; it is job 1."""
    client, worker = stage.connect(), stage.worker(b"f")
    client.submit(b"f", kind=SUBMIT_JOB)
    worker.ask(GRAB_JOB)
    return client, worker


@pytest.mark.parametrize("kind", [WORK_DATA, WORK_WARNING, WORK_COMPLETE])
@pytest.mark.parametrize("data", [b"", b"data", b"with\0NULs\0"])
def test_data_is_passed_on_as_it_is(stage: Stage, kind: int, data: bytes) -> None:
    client, worker = running(stage)
    assert worker.ask(kind, handle(1), data) == []
    assert client.hear() == [res(kind, handle(1), data)]


@pytest.mark.parametrize("kind", [WORK_DATA, WORK_WARNING, WORK_COMPLETE, WORK_EXCEPTION])
def test_a_bare_handle_is_an_empty_result(stage: Stage, kind: int) -> None:
    client, worker = running(stage)
    client.ask(OPTION_REQ, b"exceptions")
    assert worker.ask(kind, handle(1)) == []
    assert client.hear() == [res(kind, handle(1), b"")]


def test_everybody_hears_the_last_to_join_first(stage: Stage) -> None:
    clients, worker = [stage.connect() for _ in range(3)], stage.worker(b"f")
    for client in clients:
        client.submit(b"f", b"u", kind=SUBMIT_JOB)
    worker.ask(GRAB_JOB)
    effects = stage.core.packet(worker.peer, WORK_DATA, handle(1) + b"\0x")
    assert [effect.peer for effect in effects if hasattr(effect, "peer")] == [
        client.peer for client in reversed(clients)
    ]


def test_each_hears_one_final_packet_and_nothing_after(stage: Stage) -> None:
    client, worker = running(stage)
    worker.say(WORK_STATUS, handle(1), b"1", b"2")
    worker.say(WORK_DATA, handle(1), b"x")
    worker.say(WORK_COMPLETE, handle(1), b"y")
    assert client.hear() == [
        res(WORK_STATUS, handle(1), b"1", b"2"),
        res(WORK_DATA, handle(1), b"x"),
        res(WORK_COMPLETE, handle(1), b"y"),
    ]
    for kind, refusal in REFUSALS.items():
        assert worker.ask(kind, *result(kind, handle(1))) == [res(ERROR, *refusal)]
    assert client.hear() == []


@pytest.mark.parametrize("junk", [b"", b"\0", b"\0junk"])
def test_a_failure_is_told_as_the_bare_handle(stage: Stage, junk: bytes) -> None:
    client, worker = running(stage)
    assert worker.ask(WORK_FAIL, handle(1) + junk) == []
    assert client.hear() == [res(WORK_FAIL, handle(1))]


def test_an_exception_is_a_failure_for_who_did_not_ask_for_exceptions(stage: Stage) -> None:
    plain, asking, worker = stage.connect(), stage.connect(), stage.worker(b"f")
    assert asking.ask(OPTION_REQ, b"exceptions") == [res(OPTION_RES, b"exceptions")]
    for client in (plain, asking):
        client.submit(b"f", b"u", kind=SUBMIT_JOB)
    worker.ask(GRAB_JOB)
    assert worker.ask(WORK_EXCEPTION, handle(1), b"why") == []
    assert plain.hear() == [res(WORK_FAIL, handle(1))]
    assert asking.hear() == [res(WORK_EXCEPTION, handle(1), b"why")]
    assert worker.ask(WORK_FAIL, handle(1)) == [res(ERROR, *NO_JOB_FOR_RESULT)]


def test_exceptions_may_be_on_for_everybody(stage_with: Stages) -> None:
    client, worker = running(stage_with(exceptions=True))
    worker.say(WORK_EXCEPTION, handle(1), b"why")
    assert client.hear() == [res(WORK_EXCEPTION, handle(1), b"why")]


@pytest.mark.parametrize("name", [b"exceptions", b"EXCEPTIONS", b"Exceptions\0and more"])
def test_the_option_is_echoed_as_it_was_written(stage: Stage, name: bytes) -> None:
    assert stage.connect().ask(OPTION_REQ, name) == [res(OPTION_RES, name)]


@pytest.mark.parametrize("name", [b"", b"exception", b"exceptionss", b"exceptions\0" + b"x" * 53])
def test_other_options_are_refused(stage: Stage, name: bytes) -> None:
    client, worker = running(stage)
    assert client.ask(OPTION_REQ, name) == [res(ERROR, *UNKNOWN_OPTION)]
    worker.say(WORK_EXCEPTION, handle(1), b"why")
    assert client.hear() == [res(WORK_FAIL, handle(1))]


@pytest.mark.parametrize("kind", FINALS)
def test_results_of_background_jobs_go_nowhere(stage: Stage, kind: int) -> None:
    client, worker = stage.connect(), stage.worker(b"f")
    client.submit(b"f", kind=SUBMIT_JOB_BG)
    worker.ask(GRAB_JOB)
    assert worker.ask(WORK_DATA, handle(1), b"x") == []
    assert worker.ask(kind, *result(kind, handle(1))) == []
    assert client.hear() == []
    assert stage.core.counts().jobs == 0


@pytest.mark.parametrize("kind", REFUSALS)
def test_who_does_not_run_the_job_has_no_say(stage: Stage, kind: int) -> None:
    client, worker = running(stage)
    waiting = client.submit(b"f")
    for who, job in ((stage.connect(), handle(1)), (worker, waiting), (worker, handle(3))):
        assert who.ask(kind, *result(kind, job)) == [res(ERROR, *REFUSALS[kind])]
    assert client.hear() == []
    assert stage.core.counts().jobs == 2


@pytest.mark.parametrize("kind", REFUSALS)
def test_nor_has_who_gave_it_back(stage: Stage, kind: int) -> None:
    client, worker = running(stage)
    worker.say(CANT_DO, b"f")
    assert worker.ask(kind, *result(kind, handle(1))) == [res(ERROR, *REFUSALS[kind])]
    assert client.hear() == []


@pytest.mark.parametrize(
    "job",
    [
        b"",
        b"H",
        b"H:t",
        b"H:t:",
        b"H:t:01",
        b"H:t:+1",
        b"H:t:1 ",
        b"H:t:4294967297",
        b"H:u:1",
        b"t:1",
        b"h" * 63,
    ],
)
@pytest.mark.parametrize("kind", REFUSALS)
def test_what_is_no_handle_is_no_job(stage: Stage, kind: int, job: bytes) -> None:
    _, worker = running(stage)
    assert worker.ask(kind, *result(kind, job)) == [res(ERROR, *REFUSALS[kind])]


def test_a_handle_of_64_bytes_has_an_error_of_its_own_in_work_fail(stage: Stage) -> None:
    _, worker = running(stage)
    for kind in REFUSALS:
        refusal = HANDLE_TOO_LARGE if kind == WORK_FAIL else REFUSALS[kind]
        assert worker.ask(kind, *result(kind, b"h" * 64)) == [res(ERROR, *refusal)]
    assert worker.ask(WORK_FAIL, b"h" * 63 + b"\0" + b"h" * 100) == [res(ERROR, *NO_JOB_FOR_RESULT)]
