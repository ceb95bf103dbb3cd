"""`gearfast admin` beside `gearadmin`, on the same server in the same state: same output, same exit code."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.clients.admin import Admin
from tests.clients.harness import Finished, JobServer, Programs
from tests.clients.servers import MAIN_SERVERS, open_server

OURS = (sys.executable, "-W", "error", "-m", "gearfast", "admin")
BACKGROUND = ["-f", "later", "-b"]


class Tools:
    """Both tools, bound to a server that has a worker, a running job and three that wait.

    `busy` runs a foreground job, `idle` has a worker and nothing to do, `later` has no worker and three jobs.
    """

    def __init__(self, gearman: str, gearadmin: str, server: JobServer, programs: Programs) -> None:
        self.server = server
        self._theirs = gearadmin
        self._programs = programs
        tool = [gearman, "-h", server.host, "-p", str(server.port)]
        self.admin = Admin(server)
        programs.start([*tool, "-f", "busy", "-u", "run", "x"])
        for options in (["-I", "-u", "urgent"], ["-L", "-u", "unhurried"], ["-u", "plain"]):
            programs.run([*tool, *BACKGROUND, *options, "x"])
        for function in ("busy", "idle"):
            programs.start([*tool, "-w", "-f", function, "--", "sleep", "1000"])
            self.admin.wait_for(function, workers=1)
        self.admin.wait_for("busy", running=1)

    def theirs(self, *arguments: str) -> Finished:
        return self._run([self._theirs], arguments)

    def ours(self, *arguments: str) -> Finished:
        return self._run(OURS, arguments)

    def json(self, *arguments: str) -> Any:
        """What --json prints."""
        finished = self.ours("--json", *arguments)
        assert (finished.status, finished.err) == (0, b"")
        return json.loads(finished.out)

    def both(self, *arguments: str) -> Finished:
        """What both print; fails when they differ."""
        theirs, ours = comparable(self.theirs(*arguments)), comparable(self.ours(*arguments))
        assert ours == theirs
        return ours

    def handles(self) -> list[str]:
        return [line.split("\t")[0] for line in self.admin.listing("show jobs")]

    def _run(self, command: Any, arguments: tuple[str, ...]) -> Finished:
        address = ["-h", self.server.host, "-p", str(self.server.port)]
        return self._programs.run([*command, *address, *arguments])


def comparable(finished: Finished) -> Finished:
    """The connection of the tool that asks has any descriptor, and so the listing any order."""
    lines = re.sub(rb"(?m)^\d+ (?=127\.0\.0\.1 )", b"FD ", finished.out).splitlines(keepends=True)
    peers = sorted(line for line in lines if line.startswith(b"FD "))
    ordered = [peers.pop(0) if line.startswith(b"FD ") else line for line in lines]
    return Finished(finished.status, b"".join(ordered), finished.err)


@pytest.fixture(scope="module", params=MAIN_SERVERS)
def tools(request: pytest.FixtureRequest, gearman: str, gearadmin: str) -> Iterator[Tools]:
    """One server for all tests, which leave it as they found it."""
    with ExitStack() as stack:
        server = stack.enter_context(open_server(request.param))
        programs = Programs()
        stack.callback(programs.close)
        prepared = Tools(gearman, gearadmin, server, programs)
        stack.callback(prepared.admin.close)
        yield prepared


@pytest.mark.parametrize(
    "options",
    [
        ("--status",),
        ("--priority-status",),
        ("--workers",),
        ("--show-jobs",),
        ("--show-unique-jobs",),
        ("--getpid",),
        ("--server-version",),
        ("--server-verbose",),
        ("--stat",),
        ("--create-function", "later"),
        ("--create-function=later",),
        ("--create-function", "two words"),
        ("--drop-function", "nowhere"),
        ("--drop-function", "idle"),
        ("--cancel-job", "H:nobody:77"),
        ("--cancel-job", "two words"),
        ("--server-version", "--status", "--create-function", "later", "--getpid", "--show-jobs"),
        (
            *("--workers", "--priority-status", "--show-unique-jobs", "--drop-function", "nowhere"),
            *("--cancel-job", "H:nobody:77", "--server-verbose"),
        ),
    ],
    ids=" ".join,
)
def test_prints_what_gearadmin_prints(tools: Tools, options: tuple[str, ...]) -> None:
    assert tools.both(*options).status == 0


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--no-such-operation",),
        ("--server",),
        ("--status=yes",),
        ("--cancel-job",),
        ("-h", "no-such-host.invalid", "--status"),
        ("-p", "no-such-service", "--status"),
        ("-p", "1", "--status"),
    ],
    ids=" ".join,
)
def test_ends_with_1_where_gearadmin_does(tools: Tools, options: tuple[str, ...]) -> None:
    """What they say differs: ours is one line on stderr that names the mistake."""
    theirs, ours = tools.theirs(*options), tools.ours(*options)
    assert (ours.status, ours.out) == (theirs.status, b"") == (1, b"")
    assert ours.err.startswith(b"gearfast: ")
    assert ours.err.count(b"\n") == 1


def test_drops_every_function_of_the_name(tools: Tools) -> None:
    printed = []
    for drop in (tools.ours, tools.theirs):
        for name in ("made", "Made"):
            assert tools.ours("--create-function", name) == Finished(0, b"OK\n", b"")
        printed.append(drop("--drop-function", "MADE"))
        assert not [line for line in tools.admin.listing("status") if line.lower().startswith("made")]
    assert printed[0] == printed[1] == Finished(0, b"OK\n", b"")


def test_json_of_the_listings(tools: Tools) -> None:
    document = tools.json("--status", "--priority-status", "--show-jobs", "--show-unique-jobs", "--workers")
    assert {"function": "busy", "total": 1, "running": 1, "workers": 1} in document["status"]
    later = {"function": "later", "high": 1, "normal": 1, "low": 1, "workers": 0}
    assert later in document["priority_status"]
    handles = tools.handles()
    assert [job.pop("handle") for job in document["show_jobs"]] == handles
    background = {"attempts": 0, "ignored": False, "queued": True}
    assert document["show_jobs"].count(background) == 3
    assert sorted(document["show_unique_jobs"]) == ["plain", "run", "unhurried", "urgent"]
    peers = [(peer["address"], peer["id"], peer["functions"]) for peer in document["workers"]]
    assert ("127.0.0.1", "-", ["busy"]) in peers
    assert ("127.0.0.1", "-", []) in peers


def test_json_of_the_single_lines(tools: Tools) -> None:
    document = tools.json("--getpid", "--server-version", "--server-verbose", "--create-function", "later")
    version = tools.theirs("--server-version").out.decode().strip()
    assert document == {
        "getpid": tools.server.pid,
        "create_function": {"later": True},
        "server_verbose": "INFO",
        "server_version": version,
    }


def test_json_of_a_refusal_ends_with_1(tools: Tools) -> None:
    finished = tools.ours("--json", "--cancel-job", "H:nobody:77", "--getpid")
    refused = {"cancel_job": {"H:nobody:77": {"error": "UNKNOWN_JOB"}}, "getpid": tools.server.pid}
    assert (finished.status, json.loads(finished.out)) == (1, refused)
