"""`gearfast admin` beside `gearadmin`, on the same server in the same state: same output, same exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients.harness import Finished
from tests.clients.prepared import Prepared, prepared, without_descriptors
from tests.clients.servers import MAIN_SERVERS

OURS = (sys.executable, "-W", "error", "-m", "gearfast", "admin")


class Tools:
    """Both tools, bound to a prepared server."""

    def __init__(self, gearadmin: str, prepared: Prepared) -> None:
        self.server = prepared.server
        self.admin = prepared.admin
        self._theirs = gearadmin
        self._run = prepared.run

    def theirs(self, *arguments: str) -> Finished:
        return self._run([self._theirs], *arguments)

    def ours(self, *arguments: str) -> Finished:
        return self._run(OURS, *arguments)

    def json(self, *arguments: str) -> Any:
        """What --json prints."""
        finished = self.ours("--json", *arguments)
        assert (finished.status, finished.err) == (0, b"")
        return json.loads(finished.out)

    def both(self, *arguments: str) -> Finished:
        """What both print; fails when they differ."""
        theirs, ours = (
            without_descriptors(self.theirs(*arguments)),
            without_descriptors(self.ours(*arguments)),
        )
        assert ours == theirs
        return ours

    def handles(self) -> list[str]:
        return [line.split("\t")[0] for line in self.admin.listing("show jobs")]


@pytest.fixture(scope="module", params=MAIN_SERVERS)
def tools(request: pytest.FixtureRequest, gearman: str, gearadmin: str) -> Iterator[Tools]:
    """One server for all tests, which leave it as they found it."""
    with prepared(gearman, request.param) as server:
        yield Tools(gearadmin, server)


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
    assert document["show_jobs"].count(background) == 2
    assert sorted(document["show_unique_jobs"]) == ["run", "unhurried", "urgent", "waiting"]
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
