"""GET_STATUS, GET_STATUS_UNIQUE and what else is only asked."""

from __future__ import annotations

import pytest

from tests.core.rules.refusals import HANDLE_TOO_LARGE, NOT_EXPECTED, UNIQUE_TOO_LARGE
from tests.core.stage import Actor, Stage, handle
from tests.protocol import wire
from tests.protocol.wire import (
    ECHO_REQ,
    ECHO_RES,
    ERROR,
    GET_STATUS,
    GET_STATUS_UNIQUE,
    GRAB_JOB,
    STATUS_RES,
    STATUS_RES_UNIQUE,
    SUBMIT_JOB,
    WORK_COMPLETE,
    WORK_STATUS,
    res,
)

NOT_REQUESTS = [
    wire.UNUSED,
    wire.NOOP,
    wire.JOB_CREATED,
    wire.NO_JOB,
    wire.JOB_ASSIGN,
    wire.ECHO_RES,
    wire.ERROR,
    wire.STATUS_RES,
    wire.ALL_YOURS,
    wire.OPTION_RES,
    wire.JOB_ASSIGN_UNIQ,
    wire.JOB_ASSIGN_ALL,
    wire.STATUS_RES_UNIQUE,
]


def status(actor: Actor, job: bytes) -> tuple[bytes, ...]:
    """Known, running, numerator, denominator."""
    [answer] = actor.ask(GET_STATUS, job)
    first, *rest = answer[12:].split(b"\0")
    assert answer == res(STATUS_RES, first, *rest)
    assert first == job
    return tuple(rest)


def test_a_job_from_submit_to_end(stage: Stage) -> None:
    client, worker = stage.connect(), stage.worker(b"f")
    assert status(client, handle(1)) == (b"0", b"0", b"0", b"0")
    client.submit(b"f")
    assert status(client, handle(1)) == (b"1", b"0", b"0", b"0")
    worker.ask(GRAB_JOB)
    assert status(client, handle(1)) == (b"1", b"1", b"0", b"0")
    worker.say(WORK_STATUS, handle(1), b"3", b"10")
    assert status(client, handle(1)) == (b"1", b"1", b"3", b"10")
    worker.say(WORK_COMPLETE, handle(1), b"")
    assert status(client, handle(1)) == (b"0", b"0", b"0", b"0")


@pytest.mark.parametrize(
    ("numerator", "denominator", "known_as"),
    [
        (b"abc", b"", (b"0", b"0")),
        (b"-1", b"3.7", (b"4294967295", b"3")),
        (b"4294967296", b" 12x", (b"0", b"12")),
        (b"99999999999", b"99999999999", (b"1215752191", b"1410065407")),
        (b"9" * 30, b"7\x009", (b"4294967295", b"7")),
        (b"-" + b"9" * 30, b"-5", (b"0", b"4294967291")),
    ],
)
def test_progress_is_read_leniently_and_passed_on_as_it_came(
    stage: Stage, numerator: bytes, denominator: bytes, known_as: tuple[bytes, bytes]
) -> None:
    client, worker = stage.connect(), stage.worker(b"f")
    client.submit(b"f", kind=SUBMIT_JOB)
    worker.ask(GRAB_JOB)
    worker.say(WORK_STATUS, handle(1), numerator, denominator)
    assert client.hear() == [res(WORK_STATUS, handle(1), numerator, denominator)]
    assert status(client, handle(1)) == (b"1", b"1", *known_as)


def test_a_handle_ends_at_its_nul(stage: Stage) -> None:
    client = stage.connect()
    client.submit(b"f")
    [answer] = client.ask(GET_STATUS, handle(1), b"more")
    assert answer == res(STATUS_RES, handle(1), b"1", b"0", b"0", b"0")


def test_too_long_names_are_refused(stage: Stage) -> None:
    client = stage.connect()
    assert status(client, b"h" * 63) == (b"0", b"0", b"0", b"0")
    assert client.ask(GET_STATUS, b"h" * 64) == [res(ERROR, *HANDLE_TOO_LARGE)]
    assert client.ask(GET_STATUS_UNIQUE, b"u" * 65) == [res(ERROR, *UNIQUE_TOO_LARGE)]


def status_unique(actor: Actor, unique: bytes) -> list[bytes]:
    """Known, running, numerator, denominator, clients."""
    [answer] = actor.ask(GET_STATUS_UNIQUE, unique)
    first, *rest = answer[12:].split(b"\0")
    assert answer == res(STATUS_RES_UNIQUE, first, *rest)
    assert first == unique
    return rest


@pytest.mark.parametrize("unique", [b"u", b"u" * 64])
def test_by_unique_the_clients_are_counted(stage: Stage, unique: bytes) -> None:
    client, worker = stage.connect(), stage.worker(b"f")
    assert status_unique(client, unique) == [b"0", b"0", b"0", b"0", b"0"]
    client.submit(b"f", unique)
    assert status_unique(client, unique) == [b"1", b"0", b"0", b"0", b"0"]
    for number in (b"1", b"2"):
        stage.connect().submit(b"f", unique, kind=SUBMIT_JOB)
        assert status_unique(client, unique) == [b"1", b"0", b"0", b"0", number]
    worker.ask(GRAB_JOB)
    worker.say(WORK_STATUS, handle(1), b"3", b"10")
    assert status_unique(client, unique) == [b"1", b"1", b"3", b"10", b"2"]


def test_by_unique_the_newest_of_several_functions_answers(stage: Stage) -> None:
    client, worker = stage.connect(), stage.worker(b"g")
    for function in (b"f", b"g", b"h"):
        client.submit(function, b"u", kind=SUBMIT_JOB if function == b"g" else wire.SUBMIT_JOB_BG)
    assert status_unique(client, b"u") == [b"1", b"0", b"0", b"0", b"0"]
    client.admin(b"cancel job " + handle(3))
    worker.ask(GRAB_JOB)
    assert status_unique(client, b"u") == [b"1", b"1", b"0", b"0", b"1"]


@pytest.mark.parametrize("unique", [b"", b"-"])
def test_what_is_no_key_is_never_found(stage: Stage, unique: bytes) -> None:
    client = stage.connect()
    client.submit(b"f", unique, b"data")
    assert status_unique(client, unique) == [b"0", b"0", b"0", b"0", b"0"]


@pytest.mark.parametrize("data", [b"", b"x", b"\0" * 10, b"x" * 1_000_000])
def test_echo(stage: Stage, data: bytes) -> None:
    assert stage.connect().ask(ECHO_REQ, data) == [res(ECHO_RES, data)]


@pytest.mark.parametrize("kind", NOT_REQUESTS)
def test_what_a_server_does_not_take_is_refused(stage: Stage, kind: int) -> None:
    assert stage.connect().ask(kind, b"", b"", b"", b"", b"", b"") == [res(ERROR, *NOT_EXPECTED)]
