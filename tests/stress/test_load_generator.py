"""The load generator of benchmarks/load: it gets through on honest servers, and sees every lie."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from benchmarks.programs import program
from benchmarks.servers import SERVERS, running
from tests.protocol.wire import (
    ECHO_RES,
    ERROR,
    JOB_ASSIGN_UNIQ,
    JOB_CREATED,
    NO_JOB,
    NOOP,
    WORK_COMPLETE,
    res,
)
from tests.stress.lying_proxy import (
    Change,
    Lie,
    change_at,
    drop,
    lying_proxy,
    put,
    put_the_one_before,
    repeat,
)
from tests.support.child import environment
from tests.support.gearfast_process import gearfast
from tests.support.peers import gearmand, gearmand_path

WRONG, USAGE, LATE = 1, 2, 3
JOBS = 3000

GEARMAN_SERVERS = ("gearfast -t 0", "gearfast -t 4", "gearmand -t 4")
OTHER_SERVERS = ("floor", "beanstalkd", "redis")

SMALL_CROWD = "--clients 5 --workers 3 --depth 7"
FOREGROUND = {
    "plain": "foreground",
    "uniques": "foreground --uniques",
    "functions": "foreground --functions 9 --functions-per-worker 4",
    "long": "foreground --payload 70000 --jobs 300",
    "threads": "foreground --threads 3",
    "paced": "foreground --rate 20000",
}
SCENARIOS = {
    "echo": "echo",
    "submit": "submit --uniques",
    "drain": "drain",
    "work": "work --uniques",
    "steady": "steady",
    "steady-threads": "steady --threads 3",
    "connections": "connections --peers 300",
    **FOREGROUND,
}
BESIDE = {
    "registrations": "registrations --rate 500 --jobs 50 --peers 20 --bulk 50 --rounds 3",
    "greedy": "greedy --jobs 500 --bulk 20000",
    "large": "large --jobs 500 --bulk 3000000 --rounds 2 --chunk 100000",
}


@contextmanager
def server(name: str) -> Iterator[tuple[int, int]]:
    """Process and port of a server of this name."""
    product, *options = name.split()
    if product == "gearfast":
        with gearfast(*options) as ours:
            yield ours.pid, ours.port
    elif product == "gearmand":
        if gearmand_path() is None:
            pytest.skip("gearmand is not installed")
        with gearmand(*options) as theirs:
            yield theirs.pid, theirs.port
    else:
        known = next(each for each in SERVERS if each.name == name)
        if not known.is_installed():
            pytest.skip(f"{name} is not installed")
        with running(known) as other:
            yield other.pid, other.port


def command(port: int, arguments: str) -> list[str]:
    """Later options win, so `arguments` may change the number of jobs."""
    defaults = ["--port", str(port), "--jobs", str(JOBS), *SMALL_CROWD.split()]
    return [str(program("load")), *defaults, *arguments.split()]


def load(port: int, arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(port, arguments),
        capture_output=True,
        text=True,
        env=environment(has_native_code=False),
        check=False,
    )


def phases(port: int, pid: int, arguments: str) -> list[dict[str, Any]]:
    """What the generator measured; it must have got through."""
    done = load(port, f"{arguments} --pid {pid} --json")
    assert (done.returncode, done.stderr) == (0, "")
    found: list[dict[str, Any]] = json.loads(done.stdout)["phases"]
    return found


@pytest.mark.parametrize("name", GEARMAN_SERVERS)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_an_honest_server_gets_through(name: str, scenario: str) -> None:
    with server(name) as (pid, port):
        measured = phases(port, pid, SCENARIOS[scenario])
    expected = {"long": 300, "connections": 300}.get(scenario, JOBS)
    assert [phase["jobs"] for phase in measured] == [expected] * len(measured)
    for phase in measured:
        assert phase["latency_us"]["count"] == expected
        assert 0 < phase["latency_us"]["p50"] <= phase["latency_us"]["p99.9"] <= phase["latency_us"]["max"]
        assert sum(thread["cpu_seconds"] for thread in phase["server"]["threads"]) > 0
        assert phase["server"]["rss_after"] > 0


@pytest.mark.parametrize("name", GEARMAN_SERVERS)
@pytest.mark.parametrize("scenario", BESIDE)
def test_what_goes_on_beside_is_done_to_its_end(name: str, scenario: str) -> None:
    with server(name) as (pid, port):
        alone, beside = phases(port, pid, BESIDE[scenario])
    assert alone["beside"] == 0
    assert beside["beside"] == {"registrations": 20 * 3, "greedy": 20000, "large": 2}[scenario]


@pytest.mark.parametrize("name", OTHER_SERVERS)
@pytest.mark.parametrize("scenario", ["submit", "drain", "work", "steady --threads 2"])
def test_servers_to_compare_with_get_through(name: str, scenario: str) -> None:
    protocol = "gearman" if name == "floor" else name
    with server(name) as (pid, port):
        measured = phases(port, pid, f"{scenario} --protocol {protocol}")
    assert [phase["jobs"] for phase in measured] == [JOBS] * len(measured)


@pytest.mark.parametrize("scenario", sorted(FOREGROUND.keys() - {"functions"}))
def test_the_floor_passes_results_on(scenario: str) -> None:
    """It has one queue for all functions, so no worker may be choosy."""
    with server("floor") as (pid, port):
        phases(port, pid, FOREGROUND[scenario])


async def load_through(lie: Lie, port: int, arguments: str) -> tuple[int | None, str]:
    """Exit code and complaint of a generator that hears the lie."""
    async with lying_proxy(port, lie) as lying:
        process = await asyncio.create_subprocess_exec(
            *command(lying, arguments),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(has_native_code=False),
        )
        _, complaint = await process.communicate()
    return process.returncode, complaint.decode()


def complaint(kind: int, change: Change, arguments: str, turn: int = 20) -> tuple[int | None, str]:
    with server("floor") as (_, port):
        return asyncio.run(load_through(Lie(kind, change, turn), port, f"--jobs 200 {arguments}"))


@pytest.mark.parametrize("arguments", ["foreground --uniques", "echo", "drain", "work", "steady"])
def test_without_a_lie_the_proxy_is_not_seen(arguments: str) -> None:
    assert complaint(NOOP, repeat, arguments, turn=10**6) == (0, "")


@pytest.mark.parametrize(
    ("kind", "change", "arguments", "expected"),
    [
        (WORK_COMPLETE, change_at(-1), "foreground", "a result that is not the workload"),
        (WORK_COMPLETE, change_at(20), "foreground", "a result that is not the workload"),
        (WORK_COMPLETE, change_at(0), "foreground", "does not begin like the others"),
        (WORK_COMPLETE, put_the_one_before, "foreground", "it is not waiting for|of a job of client"),
        (WORK_COMPLETE, repeat, "foreground", "it is not waiting for"),
        (JOB_CREATED, put_the_one_before, "submit", "was given to two jobs"),
        (JOB_CREATED, put_the_one_before, "foreground", "was given to two jobs|has the handles"),
        (JOB_CREATED, repeat, "submit", "was given to two jobs|not waiting for"),
        (JOB_CREATED, drop, "foreground", "has the handles|it is not waiting for"),
        (JOB_ASSIGN_UNIQ, change_at(-1), "drain", "was not submitted in this run"),
        (JOB_ASSIGN_UNIQ, put_the_one_before, "drain", "was given to workers twice"),
        (JOB_ASSIGN_UNIQ, repeat, "drain", "was given to workers twice"),
        (JOB_ASSIGN_UNIQ, change_at(9), "foreground --uniques", "without a number|has the handles"),
        (JOB_ASSIGN_UNIQ, change_at(-70), "foreground --uniques", "under another unique key"),
        (JOB_ASSIGN_UNIQ, change_at(-104), "foreground --uniques", "under another function"),
        (ECHO_RES, change_at(-1), "echo", "another echo"),
        (ECHO_RES, put_the_one_before, "echo", "another echo"),
        (ECHO_RES, repeat, "echo", "another echo|not waiting for"),
        (JOB_CREATED, put(res(ERROR, b"QUEUE_ERROR\0Job queue is full")), "submit", "Job queue is full"),
        (JOB_CREATED, put(b"\0REQ" + bytes(8)), "submit", "bytes that are no answer"),
    ],
)
def test_a_lie_is_seen(kind: int, change: Change, arguments: str, expected: str) -> None:
    code, text = complaint(kind, change, arguments)
    assert code == WRONG, text
    assert any(part in text for part in expected.split("|")), text


@pytest.mark.parametrize("kind", [NOOP, NO_JOB])
def test_a_wake_up_or_refusal_too_many_is_seen(kind: int) -> None:
    code, text = complaint(kind, repeat, "work --clients 1 --depth 1", turn=2)
    assert code == WRONG
    assert "that it was not waiting for" in text


@pytest.mark.parametrize(
    ("kind", "arguments"), [(WORK_COMPLETE, "foreground"), (JOB_CREATED, "work"), (JOB_ASSIGN_UNIQ, "drain")]
)
def test_an_answer_too_many_at_the_very_end_is_seen(kind: int, arguments: str) -> None:
    code, text = complaint(kind, repeat, arguments, turn=200)
    assert code == WRONG, text


@pytest.mark.parametrize(
    ("kind", "arguments", "missing"),
    [
        (WORK_COMPLETE, "foreground", "199 of 200 were answered"),
        (JOB_ASSIGN_UNIQ, "drain", "workers had 199 of 200 jobs"),
        (ECHO_RES, "echo --clients 1 --depth 1", "18 of 19 were answered"),
        (JOB_CREATED, "submit --clients 1 --depth 1", "19 of 20 were answered"),
    ],
)
def test_a_missing_answer_ends_at_the_deadline(kind: int, arguments: str, missing: str) -> None:
    code, text = complaint(kind, drop, f"{arguments} --deadline 2")
    assert code == LATE, text
    assert missing in text


def test_in_the_open_loop_latencies_count_from_when_a_job_was_due() -> None:
    """All jobs are due at once and done one by one: the one in the middle is late by half of it all."""
    one_by_one = "foreground --clients 1 --depth 1 --workers 1"
    with server("floor") as (pid, port):
        (closed,) = phases(port, pid, one_by_one)
        (due_at_once,) = phases(port, pid, f"{one_by_one} --rate 1e9")
    assert due_at_once["jobs"] == JOBS
    assert 1e-6 * closed["latency_us"]["p50"] < closed["seconds"] / 10
    assert 1e-6 * due_at_once["latency_us"]["max"] > due_at_once["seconds"] / 2
    assert 1e-6 * due_at_once["latency_us"]["p50"] > due_at_once["seconds"] / 10


def test_a_duration_ends_by_itself_with_every_answer() -> None:
    with server("floor") as (_, port):
        done = load(port, "foreground --seconds 0.2 --jobs 1000000000")
    assert (done.returncode, done.stderr) == (0, "")


def test_jobs_that_an_earlier_run_left_are_seen() -> None:
    with server("floor") as (pid, port):
        phases(port, pid, "submit")
        done = load(port, "foreground")
    assert done.returncode == WRONG
    assert "was not submitted in this run" in done.stderr


def test_a_server_that_is_not_there_is_reported() -> None:
    done = load(1, "echo")
    assert done.returncode == WRONG
    assert "Connection refused" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        "",
        "dance",
        "echo foreground",
        "echo --port none",
        "echo --port 0",
        "echo --payload 3",
        "echo --jobs 1.5",
        "foreground --protocol redis",
        "foreground --functions 9 --functions-per-worker 1",
        "foreground --host localhost",
        "foreground --clients 2 --threads 3",
    ],
)
def test_senseless_usage_is_refused(arguments: str) -> None:
    assert load(1, arguments).returncode == USAGE
