"""`gearfast client -w` beside `gearman -w`: what their clients get, what they print, how they end."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.admin import Admin
from tests.clients.harness import Finished, JobServer, Program, Programs
from tests.clients.servers import open_server
from tests.clients.tools import OURS, THEIRS, ClientTools, is_complaint


class Scene(ClientTools):
    """A server, and workers of both kinds; gearman is the client of both."""

    def __init__(self, server: JobServer, programs: Programs, admin: Admin) -> None:
        super().__init__(server, programs)
        self.admin = admin

    def work(self, tool: str, *arguments: str) -> Program:
        """Start a worker for the function "f" and wait until the server knows it."""
        worker = self.start(tool, "-w", "-f", "f", *arguments)
        self.admin.wait_for("f", workers=1)
        return worker

    def ask(self, tool: str, client: tuple[str, ...], *arguments: str, stdin: bytes | None = None) -> Ends:
        """How a client and the worker of its only job end."""
        worker = self.work(tool, "-c", "1", *arguments)
        client_end = self.run(THEIRS, "-f", "f", *client, stdin=stdin)
        ends = client_end, worker.finish()
        self.admin.wait_for("f", workers=0, running=0)
        return ends


Ends = tuple[Finished, Finished]


@pytest.fixture(scope="module")
def server() -> Iterator[JobServer]:
    with open_server("gearfast-t4") as running:
        yield running


@pytest.fixture
def scene(server: JobServer, programs: Programs, admin: Admin, gearman: str) -> Iterator[Scene]:
    yield Scene(server, programs, admin)
    programs.close()
    admin.wait_for("f", workers=0)


def script(text: str) -> tuple[str, ...]:
    return ("--", "sh", "-c", text)


@pytest.mark.parametrize(
    ("command", "stdin"),
    [
        (("wc",), b"four"),
        (("--", "wc", "-c"), b"four"),
        (("--", "cat"), b"line\n\0\xff" * 1000),
        (("--", "head", "-c", "1"), b"x" * 500_000),
        (("--", "true"), b"x" * 500_000),
        (script("echo told >&2; echo result"), b""),
        (("-n", "--", "true"), b"x"),
        (("-N", "--", "echo", "one"), b"x"),
        ((), b"printed by the worker\n"),
        (("-P", "-v", "-I"), b"options of clients\n"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_works_as_gearman_works(scene: Scene, command: tuple[str, ...], stdin: bytes) -> None:
    """The client's "-P" shows each packet."""
    theirs = scene.ask(THEIRS, ("-P",), *command, stdin=stdin)
    assert scene.ask(OURS, ("-P",), *command, stdin=stdin) == theirs


@pytest.mark.parametrize("text", ["exit 3", "echo partial; exit 3"])
def test_a_command_that_fails(scene: Scene, text: str) -> None:
    theirs, _ = scene.ask(THEIRS, ("-P", "x"), *script(text))
    ours, worker = scene.ask(OURS, ("-P", "x"), *script(text))
    assert ours == theirs
    assert (worker.status, worker.out) == (0, b"")
    assert worker.err.endswith(b" of f: sh ended with 3\n")
    assert is_complaint(worker.err)


def test_several_functions(scene: Scene) -> None:
    for tool in (THEIRS, OURS):
        worker = scene.work(tool, "-f", "g", "-c", "2", "--", "tr", "a-z", "A-Z")
        assert scene.run(THEIRS, "-f", "g", "one", "two") == Finished(0, b"ONETWO", b"")
        assert worker.finish() == Finished(0, b"", b"")
        scene.admin.wait_for("f", workers=0)


@pytest.mark.parametrize("count", ["0", "-1"])
def test_a_count_that_is_none(scene: Scene, count: str) -> None:
    for tool in (THEIRS, OURS):
        worker = scene.work(tool, "-c", count, "--", "cat")
        assert scene.run(THEIRS, "-f", "f", "one", "two").out == b"onetwo"
        assert worker.running
        worker.kill()
        scene.admin.wait_for("f", workers=0)


def test_a_wait_that_is_too_long_is_told_and_counts(scene: Scene) -> None:
    for tool in (THEIRS, OURS):
        worker = scene.start(tool, "-w", "-f", "f", "-t", "50", "-c", "3", "--", "cat")
        finished = worker.finish()
        assert (finished.status, finished.out, finished.err.count(b"\n")) == (0, b"", 3)
    assert is_complaint(finished.err, lines=3)


def test_time_at_work_is_no_wait(scene: Scene) -> None:
    worker = scene.work(OURS, "-t", "700", "-c", "1", "--", "sleep", "1")
    assert scene.run(THEIRS, "-f", "f", "x").status == 0
    assert worker.finish().err.count(b"time-out") == 0


def test_option_i_writes_a_pid_file(scene: Scene, tmp_path: Path) -> None:
    for tool in (THEIRS, OURS):
        path = tmp_path / tool
        worker = scene.work(tool, "-i", str(path), "-c", "1", "--", "cat")
        assert path.read_text() == f"{worker.pid}\n"
        scene.run(THEIRS, "-f", "f", "x")
        assert worker.finish().status == 0
        assert not path.exists()
        scene.admin.wait_for("f", workers=0)


def test_option_d_leaves_the_terminal(scene: Scene, tmp_path: Path) -> None:
    for tool in (THEIRS, OURS):
        path = tmp_path / tool
        started = scene.run(tool, "-w", "-d", "-i", str(path), "-f", "f", "-c", "1", "--", "cat")
        assert started == Finished(0, b"", b"")
        scene.admin.wait_for("f", workers=1)
        assert path.exists()
        assert scene.run(THEIRS, "-f", "f", "x") == Finished(0, b"x", b"")
        scene.admin.wait_for("f", workers=0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_it_finish_its_job(scene: Scene, tmp_path: Path, number: int) -> None:
    """gearman drops the job, and leaves its pid file behind."""
    gate, pid_file = tmp_path / "gate", tmp_path / "pid"
    os.mkfifo(gate)
    worker = scene.work(OURS, "-i", str(pid_file), "--", "cat", str(gate))
    client = scene.start(THEIRS, "-f", "f", "x")
    scene.admin.wait_for("f", running=1)
    os.kill(worker.pid, number)
    gate.write_bytes(b"finished")
    assert client.finish() == Finished(0, b"finished", b"")
    assert worker.finish() == Finished(0, b"", b"")
    assert not pid_file.exists()
    scene.admin.wait_for("f", workers=0)


def test_each_line_of_output_is_sent_once(scene: Scene) -> None:
    """gearman sends all lines so far with each."""
    text = ("printf", "one\n\n%09000d\nend", "7")
    long_line = b"7".rjust(9000, b"0")
    for option, packets in (
        ("-n", [b"one\n", b"\n", long_line + b"\n", b"end", b""]),
        ("-N", [b"one", b"", long_line, b"end", b""]),
    ):
        ours, _ = scene.ask(OURS, ("-P", "x"), option, "--", *text)
        assert ours == Finished(0, b"".join(b"f: " + packet for packet in packets), b"")
    theirs, _ = scene.ask(THEIRS, ("-P", "x"), "-n", "--", "printf", "one\ntwo\n")
    assert theirs.out == b"f: one\nf: one\ntwo\nf: "


def test_a_line_is_sent_before_the_next_is_printed(scene: Scene, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    scene.work(OURS, "-c", "1", "-n", *script(f"echo first; cat {gate}"))
    client = scene.start(OURS, "-f", "f", "x")
    assert client.read_line() == "first"
    gate.write_bytes(b"second")
    assert client.finish() == Finished(0, b"second", b"")
    scene.admin.wait_for("f", workers=0)


def test_a_large_workload_through_a_command(scene: Scene) -> None:
    """gearman waits for a command that waits for gearman."""
    data = b"0123456789" * 30_000
    ours, worker = scene.ask(OURS, (), "--", "cat", stdin=data)
    assert ours == Finished(0, data, b"")
    assert worker == Finished(0, b"", b"")
    ours, _ = scene.ask(OURS, (), "-n", "--", "cat", stdin=data)
    assert ours == Finished(0, data, b"")


def test_a_command_that_is_killed(scene: Scene) -> None:
    """A result for gearman."""
    ours, worker = scene.ask(OURS, ("x",), *script("kill -9 $$"))
    assert ours == Finished(1, b"", b"Job failed\n")
    assert worker.err.endswith(b" of f: sh was killed by signal 9\n")
    theirs, _ = scene.ask(THEIRS, ("x",), *script("kill -9 $$"))
    assert theirs == Finished(0, b"", b"")


def test_a_command_that_disappears(scene: Scene, tmp_path: Path) -> None:
    command = tmp_path / "command"
    for option in ((), ("-n",)):
        command.write_text("#!/bin/sh\n")
        command.chmod(0o755)
        worker = scene.work(OURS, *option, "-c", "1", "--", str(command))
        command.unlink()
        assert scene.run(THEIRS, "-f", "f", "x") == Finished(1, b"", b"Job failed\n")
        assert worker.finish().err.endswith(f"cannot run {command}: No such file or directory\n".encode())
        scene.admin.wait_for("f", workers=0)


@pytest.mark.parametrize(
    "arguments",
    [("-f", "f", "--", "no-such-command"), ("-f", "f", "-t", "0"), ("-f", "f" * 9000), ("-f", "f", "-f", "")],
)
def test_refuses_what_can_not_work(scene: Scene, arguments: tuple[str, ...]) -> None:
    finished = scene.run(OURS, "-w", *arguments)
    assert (finished.status, finished.out) == (1, b"")
    assert is_complaint(finished.err)


def test_two_workers_of_both_kinds_share_the_jobs(scene: Scene) -> None:
    workers = [scene.start(tool, "-w", "-f", "f", "-c", "2", "--", "cat") for tool in (THEIRS, OURS)]
    scene.admin.wait_for("f", workers=2)
    assert scene.run(OURS, "-f", "f", "a", "b", "c", "d") == Finished(0, b"abcd", b"")
    assert [worker.finish() for worker in workers] == [Finished(0, b"", b"")] * 2
    scene.admin.wait_for("f", workers=0)
