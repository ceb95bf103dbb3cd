"""Every `gearadmin` operation: what gearfast makes it print is what gearmand makes it print."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.clients.admin import Admin
from tests.clients.harness import Finished, JobServer, Programs
from tests.clients.servers import SERVERS, open_server

OK = Finished(0, b"OK\n", b"")


class Prepared:
    """A server with the jobs and workers that every test of this file looks at.

    `busy` runs a foreground job, `idle` has a worker and nothing to do, `later` has no worker and three jobs.
    """

    def __init__(self, gearman: str, gearadmin: str, server: JobServer, programs: Programs) -> None:
        self.server = server
        self._gearadmin = gearadmin
        self._programs = programs
        self._tool = [gearman, "-h", server.host, "-p", str(server.port)]
        self._admin = Admin(server)
        self._submit("busy", "-u", "run", total=1)
        self._submit("later", "-b", "-I", "-u", "urgent", total=1)
        self._submit("later", "-b", "-L", "-u", "unhurried", total=2)
        self._submit("later", "-u", "waiting", total=3)
        self._work("busy")
        self._work("idle")
        self._admin.wait_for("busy", running=1)
        self._admin.wait_for_connections(5)

    def close(self) -> None:
        self._admin.close()

    def _submit(self, function: str, *options: str, total: int) -> None:
        self._programs.start([*self._tool, "-f", function, *options, "x"])
        self._admin.wait_for(function, total=total)

    def _work(self, function: str) -> None:
        self._programs.start([*self._tool, "-w", "-f", function, "--", "sleep", "1000"])
        self._admin.wait_for(function, workers=1)

    def gearadmin(self, *arguments: str) -> Finished:
        address = ["-h", self.server.host, "-p", str(self.server.port)]
        return self._programs.run([self._gearadmin, *address, *arguments])


class Pair:
    """gearfast and gearmand in the same state."""

    def __init__(self, tested: Prepared, reference: Prepared) -> None:
        self.tested = tested
        self.reference = reference

    def gearadmin(self, *arguments: str) -> Finished:
        """What both print; fails when they differ in more than what differs by nature."""
        reference = by_nature_equal(self.reference.gearadmin(*arguments))
        tested = by_nature_equal(self.tested.gearadmin(*arguments))
        assert tested == reference
        return tested


def by_nature_equal(finished: Finished) -> Finished:
    """In `workers` descriptor numbers become FD, and the lines get an order: both depend on the threads."""
    lines = re.sub(rb"(?m)^\d+ (?=127\.0\.0\.1 )", b"FD ", finished.out).splitlines(keepends=True)
    workers = sorted(line for line in lines if line.startswith(b"FD "))
    ordered = [workers.pop(0) if line.startswith(b"FD ") else line for line in lines]
    return Finished(finished.status, b"".join(ordered), finished.err)


@pytest.fixture(params=[name for name in SERVERS if name != "gearmand"])
def pair(request: pytest.FixtureRequest, gearman: str, gearadmin: str, programs: Programs) -> Iterator[Pair]:
    with ExitStack() as stack:
        prepared = []
        for name in (request.param, "gearmand"):
            server = stack.enter_context(open_server(name))
            prepared.append(Prepared(gearman, gearadmin, server, programs))
            stack.callback(prepared[-1].close)
        yield Pair(*prepared)


def test_status(pair: Pair) -> None:
    finished = pair.gearadmin("--status")
    assert (finished.status, finished.err) == (0, b"")
    assert sorted(finished.lines) == [".", "busy\t1\t1\t1", "idle\t0\t0\t1", "later\t3\t0\t0"]
    assert finished.lines[-1] == "."


def test_priority_status(pair: Pair) -> None:
    finished = pair.gearadmin("--priority-status")
    assert (finished.status, finished.err) == (0, b"")
    assert sorted(finished.lines) == [".", "busy\t0\t0\t0\t1", "idle\t0\t0\t0\t1", "later\t1\t1\t1\t0"]


def test_workers(pair: Pair) -> None:
    """Two waiting clients, the test and gearadmin are connections without a function."""
    finished = pair.gearadmin("--workers")
    client = "FD 127.0.0.1 - :"
    assert finished.lines == [client] * 4 + [f"{client} busy", f"{client} idle", "."]


def test_show_jobs(pair: Pair) -> None:
    finished = pair.gearadmin("--show-jobs")
    columns = [line.split("\t", 1)[1] for line in sorted(finished.lines) if line != "."]
    assert columns == ["0\t0\t0", "0\t0\t1", "0\t0\t1", "0\t0\t0"]
    assert finished.lines[-1] == "."


def test_show_unique_jobs(pair: Pair) -> None:
    finished = pair.gearadmin("--show-unique-jobs")
    assert sorted(finished.lines) == [".", "run", "unhurried", "urgent", "waiting"]


def test_getpid(pair: Pair) -> None:
    for prepared in (pair.tested, pair.reference):
        assert prepared.gearadmin("--getpid") == Finished(0, b"%d\n" % prepared.server.pid, b"")


def test_server_version(pair: Pair) -> None:
    for prepared in (pair.tested, pair.reference):
        finished = prepared.gearadmin("--server-version")
        assert (finished.status, finished.err) == (0, b"")
        assert re.fullmatch(rb"\d+\.\d+\S*\n", finished.out)


def test_server_verbose(pair: Pair) -> None:
    assert pair.gearadmin("--server-verbose") == Finished(0, b"INFO\n", b"")


def test_create_function(pair: Pair) -> None:
    assert pair.gearadmin("--create-function", "made") == OK
    assert pair.gearadmin("--create-function", "made") == OK
    assert "made\t0\t0\t0" in pair.gearadmin("--status").lines


def test_drop_function(pair: Pair) -> None:
    pair.gearadmin("--create-function", "made")
    assert pair.gearadmin("--drop-function", "made") == OK
    assert "made" not in pair.gearadmin("--status").out.decode()


def test_drop_a_function_that_is_not_there(pair: Pair) -> None:
    finished = pair.gearadmin("--drop-function", "nowhere")
    assert finished == Finished(0, b"", b"Error: function not found\r\n")


@pytest.mark.parametrize("function", ["busy", "idle"])
def test_drop_a_function_with_a_worker(pair: Pair, function: str) -> None:
    finished = pair.gearadmin("--drop-function", function)
    refusal = b"Error: there are still connected workers or executing clients\r\n"
    assert finished == Finished(0, b"", refusal)


def test_cancel_job(pair: Pair) -> None:
    handles = [line.split("\t")[0] for line in pair.gearadmin("--show-jobs").lines]
    urgent = min(handle for handle in handles if handle.endswith(":2"))
    assert pair.gearadmin("--cancel-job", urgent) == OK


def test_cancel_an_unknown_job(pair: Pair) -> None:
    assert pair.gearadmin("--cancel-job", "H:nobody:77") == Finished(0, b"", b"Error: UNKNOWN_JOB\r\n")


@pytest.mark.parametrize(
    ("operation", "name", "error"),
    [
        (
            "--create-function",
            "two words",
            b"INVALID_ARGUMENTS An+incomplete+set+of+arguments+was+sent+to+this+command+create",
        ),
        (
            "--drop-function",
            "two words",
            b"INVALID_ARGUMENTS An+incomplete+set+of+arguments+was+sent+to+this+command+drop",
        ),
        ("--cancel-job", "H:two words", b"UNKNOWN_ERROR"),
    ],
)
def test_names_with_blanks(pair: Pair, operation: str, name: str, error: bytes) -> None:
    assert pair.gearadmin(operation, name) == Finished(0, b"", b"Error: " + error + b"\r\n")


def test_k14_six_words_are_an_error_and_not_the_end_of_the_connection(pair: Pair) -> None:
    arguments = ("--create-function", "four words too many")
    hung_up = b"Error: Socket was shutdown while reading from 127.0.0.1\n"
    assert pair.reference.gearadmin(*arguments) == Finished(1, b"", hung_up)
    error = b"Error: INVALID_ARGUMENTS An+incomplete+set+of+arguments+was+sent+to+this+command+create\r\n"
    assert pair.tested.gearadmin(*arguments) == Finished(0, b"", error)


def test_several_operations_share_a_connection(pair: Pair) -> None:
    finished = pair.gearadmin(
        "--status", "--show-unique-jobs", "--server-verbose", "--create-function", "made"
    )
    assert finished.lines[0] == "OK"
    assert sorted(finished.lines[1:6]) == [".", "run", "unhurried", "urgent", "waiting"]
    assert finished.lines[6] == "INFO"
    assert sorted(finished.lines[7:]) == [
        ".",
        "busy\t1\t1\t1",
        "idle\t0\t0\t1",
        "later\t3\t0\t0",
        "made\t0\t0\t0",
    ]


def test_long_options_may_be_abbreviated(pair: Pair) -> None:
    assert pair.gearadmin("--stat") == pair.gearadmin("--status")


def test_no_operation_and_an_unknown_option(pair: Pair) -> None:
    assert pair.gearadmin().status == 1
    assert pair.gearadmin("--no-such-operation").status == 1
