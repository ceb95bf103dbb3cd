"""The text protocol: commands and listings."""

from __future__ import annotations

import os
from contextlib import closing

import pytest

from tests.core.conftest import Stages
from tests.core.driver import Core
from tests.core.effects import RecorderAsked
from tests.core.rules.listings import gearmand_hash
from tests.core.rules.refusals import NO_JOB_FOR_RESULT
from tests.core.stage import Stage, handle
from tests.protocol.wire import (
    CAN_DO,
    ERROR,
    GRAB_JOB,
    JOB_ASSIGN,
    NO_JOB,
    SET_CLIENT_ID,
    SUBMIT_JOB,
    SUBMIT_JOB_BG,
    SUBMIT_JOB_EPOCH,
    SUBMIT_JOB_HIGH_BG,
    SUBMIT_JOB_LOW_BG,
    WORK_COMPLETE,
    WORK_FAIL,
    res,
)

UNKNOWN = b"ERR UNKNOWN_COMMAND Unknown+server+command%s\r\n"
INCOMPLETE = b"ERR INVALID_ARGUMENTS An+incomplete+set+of+arguments+was+sent+to+this+command+%s\r\n"
BUSY = b"ERR there are still connected workers or executing clients\r\n"
NO_FUNCTION = b"ERR function not found\r\n"


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b"version", b"OK 1.1.20\n"),
        (b"VERSION and more", b"OK 1.1.20\n"),
        (b"version\0abc", b"OK 1.1.20\n"),
        (b"verbose", b"OK WARNING\n"),
        pytest.param(b"getpid", b"OK %d\n" % os.getpid(), id="getpid"),
        (b"status", b".\n"),
        (b"", UNKNOWN % b""),
        (b" version", UNKNOWN % b""),
        (b"version\r", UNKNOWN % b"version\r"),
        (b"version\tx", UNKNOWN % b"version\tx"),
        (b"foo bar", UNKNOWN % b"foo"),
        (b"one two three four five six seven", UNKNOWN % b"one"),
        (b"show", UNKNOWN % b"show"),
        (b"show what", b"ERR UNKNOWN_SHOW_ARGUMENTS\r\n"),
        (b"show counts now", b"ERR UNKNOWN_SHOW_ARGUMENTS\r\n"),
        (b"show jobs now", b"ERR UNKNOWN_SHOW_ARGUMENTS\r\n"),
        (b"show unique", b"ERR UNKNOWN_SHOW_ARGUMENTS\r\n"),
        (b"show  JOBS", b".\n"),
        (b"show unique jobs", b".\n"),
        (b"show limits now", b"ERR UNKNOWN_SHOW_ARGUMENTS\r\n"),
        (b"explain", INCOMPLETE % b"explain"),
        (b"explain f g", INCOMPLETE % b"explain"),
        (b"explain f", NO_FUNCTION),
        (b"explain H:t:1", b"ERR UNKNOWN_JOB\r\n"),
        (b"cancel", UNKNOWN % b"cancel"),
        (b"cancel job", UNKNOWN % b"cancel"),
        (b"cancel job H:t:1", b"ERR UNKNOWN_JOB\r\n"),
        (b"cancel work H:t:1", b"ERR UNKNOWN_ERROR\r\n"),
        (b"cancel job H:t:1 ", b"ERR UNKNOWN_ERROR\r\n"),
        (b"create", INCOMPLETE % b"create"),
        (b"create function", INCOMPLETE % b"create"),
        (b"create worker f", INCOMPLETE % b"create"),
        (b"create function f g", INCOMPLETE % b"create"),
        (b"drop function", INCOMPLETE % b"drop"),
        (b"drop function f", NO_FUNCTION),
        (b"maxqueue", INCOMPLETE % b"maxqueue"),
        (b"maxqueue f", b"OK\r\n"),
        (b"maxqueue f 1 2 3 4", b"OK\r\n"),
        (b"shutdown", UNKNOWN % b"shutdown"),
        (b"shutdown graceful", UNKNOWN % b"shutdown"),
    ],
)
def test_answers(stage: Stage, line: bytes, answer: bytes) -> None:
    assert stage.connect().admin(line) == answer
    assert stage.shutdowns == []


@pytest.mark.parametrize(("line", "asked"), [(b"shutdown", False), (b"Shutdown GRACEFUL", True)])
def test_shutdown_where_it_is_allowed(stage_with: Stages, line: bytes, asked: bool) -> None:
    stage = stage_with(allow_shutdown=True)
    admin = stage.connect()
    assert admin.admin(b"shutdown now") == UNKNOWN % b"shutdown"
    assert stage.shutdowns == []
    assert admin.admin(line) == b"OK\r\n"
    assert stage.shutdowns == [asked]


@pytest.mark.parametrize(
    ("line", "command"),
    [(b"record status", b"status"), (b"Record START jobs", b"start jobs"), (b"record stop", b"stop")],
)
def test_recorder_is_asked(line: bytes, command: bytes) -> None:
    core = Core()
    with closing(core):
        admin = core.connect(0)
        assert core.line(admin, line) == [RecorderAsked(admin, command)]


# Listings


def test_status_and_prioritystatus(stage: Stage) -> None:
    client, worker = stage.connect(), stage.worker(b"f", b"f")
    client.admin(b"create function g")
    for kind in (SUBMIT_JOB_HIGH_BG, SUBMIT_JOB_HIGH_BG, SUBMIT_JOB_BG, SUBMIT_JOB_LOW_BG):
        client.submit(b"f", kind=kind)
    client.ask(SUBMIT_JOB_EPOCH, b"f", b"", b"%d" % (stage.wall // 1000 + 9), b"")
    worker.ask(GRAB_JOB)
    assert client.admin(b"status") == b"f\t5\t1\t2\ng\t0\t0\t0\n.\n"
    assert client.admin(b"prioritystatus") == b"f\t1\t2\t1\t2\ng\t0\t0\t0\t0\n.\n"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (b"f", 0x48058FEE),
        (b"g", 0x3593EB0B),
        (b"reverse", 0xF0169ED7),
        (b"\xc3\xa9", 0xF5ACA6AE),
        (b"", 1),
    ],
)
def test_the_hash_of_listings(name: bytes, value: int) -> None:
    assert gearmand_hash(name) == value


def test_functions_are_listed_by_gearmands_hash(stage: Stage) -> None:
    admin = stage.connect()
    names = [b"reverse", b"g", b"f", b"\xc3\xa9", *(b"name%d" % number for number in range(3000))]
    for name in names:
        admin.admin(b"create function " + name)
    buckets = {name: gearmand_hash(name) % 991 for name in names}
    assert [buckets[name] for name in names[:4]] == [650, 852, 751, 267]
    listed = [line.split(b"\t")[0] for line in admin.admin(b"status").split(b"\n")[:-2]]
    newest_first = sorted(names, key=names.index, reverse=True)
    assert listed == sorted(newest_first, key=lambda name: buckets[name])


@pytest.mark.parametrize("buckets", [1, 7, 991])
def test_jobs_are_listed_by_gearmands_hash(stage_with: Stages, buckets: int) -> None:
    stage = stage_with(buckets=buckets)
    client = stage.connect()
    handles = [client.submit(b"f") for _ in range(500)]
    listed = [line.split(b"\t")[0] for line in client.admin(b"show jobs").split(b"\n")[:-2]]
    newest_first = handles[::-1]
    assert listed == sorted(newest_first, key=lambda job: gearmand_hash(job) % buckets)


def test_show_jobs_tells_attempts_and_who_cares(stage_with: Stages) -> None:
    stage = stage_with(buckets=1)
    client, worker = stage.connect(), stage.worker(b"f")
    client.submit(b"f", kind=SUBMIT_JOB_BG)
    client.submit(b"f", kind=SUBMIT_JOB)
    worker.ask(GRAB_JOB)
    worker.leave()
    assert client.admin(b"show jobs") == b"H:t:2\t0\t0\t0\nH:t:1\t1\t0\t1\n.\n"


def test_show_counts_tells_jobs_ever_and_ended(stage: Stage) -> None:
    client, worker = stage.connect(), stage.worker(b"f")
    for unique in (b"a", b"b", b"b"):
        client.submit(b"f", unique, kind=SUBMIT_JOB_BG)
    client.submit(b"g", kind=SUBMIT_JOB_BG)
    assert client.admin(b"show counts") == b"f\t2\t0\ng\t1\t0\n.\n"
    worker.ask(GRAB_JOB)
    worker.say(WORK_COMPLETE, handle(1), b"")
    client.admin(b"cancel job " + handle(3))
    assert client.admin(b"show counts") == b"f\t2\t1\ng\t1\t1\n.\n"


def test_show_unique_jobs(stage_with: Stages) -> None:
    stage = stage_with(buckets=1)
    client = stage.connect()
    for unique in (b"u", b"", b"-", b"v"):
        client.submit(b"f", unique, b"data")
    assert client.admin(b"show unique jobs") == b"v\n-\n\nu\n.\n"


def test_workers_are_listed_by_thread_the_newest_first(stage_with: Stages) -> None:
    stage = stage_with(io_threads=2)
    for slot in range(4):
        stage.connect(slot, address=b"10.0.0.%d" % slot, descriptor=30 + slot)
    stage.actors[1].say(SET_CLIENT_ID, b"me and\0you")
    stage.actors[2].say(SET_CLIENT_ID, b"i" * 200)
    for function in (b"f", b"g", b"f\0x"):
        stage.actors[3].say(CAN_DO, function)
    assert stage.actors[0].admin(b"workers") == (
        b"32 10.0.0.2 %s :\n30 10.0.0.0 - :\n33 10.0.0.3 - : f g f\n31 10.0.0.1 me and :\n.\n" % (b"i" * 127)
    )
    stage.actors[2].leave()
    assert b"10.0.0.2" not in stage.actors[0].admin(b"workers")


def test_names_with_nuls_are_cut_in_listings(stage: Stage) -> None:
    worker = stage.worker(b"f\0x", b"f")
    worker.submit(b"f")
    assert sorted(worker.admin(b"status").splitlines()) == [b".", b"f\t0\t0\t1", b"f\t1\t0\t1"]


def test_long_listings_are_whole(stage: Stage) -> None:
    client = stage.connect()
    for number in range(5000):
        client.submit(b"f%d" % (number % 100), b"%064d" % number)
    uniques = client.admin(b"show unique jobs").splitlines()
    assert sorted(uniques[:-1]) == [b"%064d" % number for number in range(5000)]
    assert uniques[-1] == b"."


# Changes


def test_cancel_fails_a_waiting_job(stage: Stage) -> None:
    clients, worker = [stage.connect() for _ in range(2)], stage.worker(b"f")
    for client in clients:
        client.submit(b"f", b"u", kind=SUBMIT_JOB)
    assert worker.admin(b"cancel job " + handle(1)) == b"OK\r\n"
    assert [client.hear() for client in clients] == [[res(WORK_FAIL, handle(1))]] * 2
    assert worker.admin(b"cancel job " + handle(1)) == b"ERR UNKNOWN_JOB\r\n"
    assert worker.ask(GRAB_JOB) == [res(NO_JOB)]
    assert clients[0].submit(b"f", b"u") == handle(2)


def test_cancel_takes_a_running_job_from_its_worker(stage: Stage) -> None:
    client, worker = stage.connect(), stage.worker(b"f", timeout=b"1500")
    client.submit(b"f", b"u", kind=SUBMIT_JOB)
    worker.ask(GRAB_JOB)
    assert stage.connect().admin(b"cancel job " + handle(1)) == b"OK\r\n"
    assert client.hear() == [res(WORK_FAIL, handle(1))]
    assert worker.ask(WORK_COMPLETE, handle(1), b"") == [res(ERROR, *NO_JOB_FOR_RESULT)]
    assert client.hear() == []
    assert stage.core.patience() is None
    assert client.admin(b"status") == b"f\t0\t0\t1\n.\n"


def test_who_cancels_its_own_job_hears_of_it_before_the_answer(stage: Stage) -> None:
    client = stage.connect()
    client.submit(b"f", kind=SUBMIT_JOB)
    stage.take(stage.core.line(client.peer, b"cancel job " + handle(1)))
    assert client.hear() == [res(WORK_FAIL, handle(1)), b"OK\r\n"]


def test_create_function(stage: Stage) -> None:
    admin = stage.connect()
    for _ in range(2):
        assert admin.admin(b"create function foo") == b"OK\r\n"
    assert admin.admin(b"Create Function ") == b"OK\r\n"
    assert admin.admin(b"status") == b"\t0\t0\t0\nfoo\t0\t0\t0\n.\n"


def test_drop_function_fails_its_waiting_jobs(stage: Stage) -> None:
    client, admin = stage.connect(), stage.connect()
    for kind in (SUBMIT_JOB, SUBMIT_JOB_HIGH_BG):
        client.submit(b"f", b"%d" % kind, kind=kind)
    client.ask(SUBMIT_JOB_EPOCH, b"f", b"", b"%d" % (stage.wall // 1000 + 9), b"")
    client.submit(b"g")
    assert admin.admin(b"drop function f") == b"OK\r\n"
    assert client.hear() == [res(WORK_FAIL, handle(1))]
    assert admin.admin(b"status") == b"g\t1\t0\t0\n.\n"
    assert stage.core.patience() is None
    worker = stage.worker(b"f")
    assert worker.ask(GRAB_JOB) == [res(NO_JOB)]
    assert client.submit(b"f", b"%d" % SUBMIT_JOB) == handle(5)
    assert worker.ask(GRAB_JOB) == [res(JOB_ASSIGN, handle(5), b"f", b"")]


def test_drop_function_is_refused_while_somebody_works_for_it(stage: Stage) -> None:
    client, worker = stage.connect(), stage.worker(b"f")
    client.submit(b"f")
    assert client.admin(b"drop function f") == BUSY
    assert worker.ask(GRAB_JOB) == [res(JOB_ASSIGN, handle(1), b"f", b"")]
    assert client.admin(b"drop function f") == BUSY
    worker.leave()
    assert client.admin(b"drop function f") == b"OK\r\n"
    assert client.admin(b"drop function f") == NO_FUNCTION


def test_drop_function_takes_every_function_of_that_name_in_any_case(stage: Stage) -> None:
    admin = stage.connect()
    stage.worker(b"FOO")
    for name in (b"foo", b"Foo", b"other"):
        admin.admin(b"create function " + name)
    answer = admin.admin(b"drop function fOo")
    assert sorted(answer.splitlines()) == sorted((BUSY + b"OK\r\n" * 2).splitlines())
    assert sorted(line.split(b"\t")[0] for line in admin.admin(b"status").splitlines()) == [
        b".",
        b"FOO",
        b"other",
    ]
