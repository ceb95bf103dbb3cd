"""Every `gearadmin` operation: what gearfast makes it print is what gearmand makes it print."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.clients.harness import Finished
from tests.clients.prepared import Prepared, prepared, without_descriptors
from tests.clients.servers import SERVERS

OK = Finished(0, b"OK\n", b"")


class Pair:
    """gearfast and gearmand in the same state, and the tool that looks at them."""

    def __init__(self, tool: str, tested: Prepared, reference: Prepared) -> None:
        self._tool = [tool]
        self.tested = tested
        self.reference = reference

    def gearadmin(self, *arguments: str) -> Finished:
        """What both print; fails when they differ in more than what differs by nature."""
        reference, tested = (without_descriptors(each) for each in self.each(*arguments))
        assert tested == reference
        return tested

    def each(self, *arguments: str) -> list[Finished]:
        """What it prints of the reference, and of the tested server."""
        return [server.run(self._tool, *arguments) for server in (self.reference, self.tested)]


@pytest.fixture(params=[name for name in SERVERS if name != "gearmand"])
def pair(request: pytest.FixtureRequest, gearman: str, gearadmin: str) -> Iterator[Pair]:
    with prepared(gearman, request.param) as tested, prepared(gearman, "gearmand") as reference:
        yield Pair(gearadmin, tested, reference)


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
    pids = [server.server.pid for server in (pair.reference, pair.tested)]
    assert pair.each("--getpid") == [Finished(0, b"%d\n" % pid, b"") for pid in pids]


def test_server_version(pair: Pair) -> None:
    for finished in pair.each("--server-version"):
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
    hung_up = b"Error: Socket was shutdown while reading from 127.0.0.1\n"
    error = b"Error: INVALID_ARGUMENTS An+incomplete+set+of+arguments+was+sent+to+this+command+create\r\n"
    printed = pair.each("--create-function", "four words too many")
    assert printed == [Finished(1, b"", hung_up), Finished(0, b"", error)]


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
