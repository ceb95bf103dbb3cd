"""`gearfast client` as a client beside `gearman`: same output, same exit code, option by option."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from gearfast import Worker
from gearfast.worker.tasks import TaskFailedError
from tests.clients.admin import Admin
from tests.clients.harness import Finished, JobServer, Programs
from tests.clients.servers import MAIN_SERVERS, open_server
from tests.clients.tools import GEARFAST, OURS, THEIRS, ClientTools, Terminal, is_complaint
from tests.support.gearfast_process import gearfast


def make_worker(server: JobServer) -> Worker:
    """All that a worker may say."""
    worker = Worker((server.host, server.port))

    @worker.task("upper")
    def upper(job: Any) -> bytes:
        return bytes(job.data).upper()

    @worker.task("size")
    def size(job: Any) -> bytes:
        return b"%d\n" % len(job.data)

    @worker.task("echo")
    def echo(job: Any) -> bytes:
        return bytes(job.data)

    @worker.task("chatty")
    def chatty(job: Any) -> bytes:
        job.send(b"part one\n")
        job.warn(b"careful")
        job.progress(1, 4)
        job.send(b"")
        job.send(b"part two")
        job.progress(2, 3)
        job.progress(5, 2)
        job.progress(0, 7)
        return b"all done"

    @worker.task("silent")
    def silent(job: Any) -> bytes:
        return b""

    @worker.task("failing")
    def failing(job: Any) -> bytes:
        job.warn(b"it is hot")
        raise TaskFailedError("")

    @worker.task("raising")
    def raising(job: Any) -> bytes:
        job.send(b"so far")
        raise TaskFailedError("boom")

    @worker.task("baseless")
    def baseless(job: Any) -> bytes:
        job.progress(0, 0)
        return b"nevertheless"

    return worker


class Scene(ClientTools):
    """A server with a worker."""

    def __init__(self, server: JobServer, programs: Programs, admin: Admin) -> None:
        super().__init__(server, programs)
        self.admin = admin


@pytest.fixture(scope="module")
def scene(gearman: str) -> Iterator[Scene]:
    yield from open_scene("gearfast-t4")


def open_scene(name: str, *options: str) -> Iterator[Scene]:
    with ExitStack() as stack:
        server = stack.enter_context(open_server(name, *options))
        programs, admin = Programs(), Admin(server)
        stack.callback(programs.close)
        stack.callback(admin.close)
        worker = make_worker(server)
        thread = threading.Thread(target=worker.run, kwargs={"signals": False})
        thread.start()
        stack.callback(thread.join)
        stack.callback(worker.stop)
        admin.wait_for("baseless", workers=1)
        yield Scene(server, programs, admin)


LINES = b"one\n\ntwo\n"


@pytest.mark.parametrize(
    ("options", "stdin"),
    [
        (("-f", "upper"), b"text\n\0\xff more"),
        (("-f", "upper"), b""),
        (("-f", "upper", "one", "two\n"), None),
        (("-fupper", "one"), None),
        (("one", "-f", "upper", "two"), None),
        (("-f", "echo", "--", "-P", "-f"), None),
        (("-f", "size"), b"x" * 300_000),
        (("-n", "-f", "upper"), LINES),
        (("-n", "-f", "upper"), b"no end"),
        (("-n", "-f", "upper"), b""),
        (("-N", "-f", "upper"), b"one\ntwo\n"),
        (("-n", "-N", "-f", "size"), b"one\nthree\n"),
        (("-n", "-f", "upper", "operand"), LINES),
        (("-s", "-f", "size"), b"unread"),
        (("-s", "-n", "-f", "size"), LINES),
        (("-s", "-f", "size", "operand"), None),
        (("-P", "-f", "upper", "one\n", "two"), None),
        (("-P", "-n", "-f", "upper"), b"1\n2\n"),
        (("-P", "-f", "silent", "x"), None),
        (("-Pv", "-f", "upper", "one", "two"), None),
        (("-v", "-f", "upper"), b"text"),
        (("-f", "upper", "-f", "size", "-P", "a", "b"), None),
        (("-f", "chatty", "x"), None),
        (("-f", "chatty", "-P", "x"), None),
        (("-f", "failing", "x"), None),
        (("-f", "failing", "x", "y"), None),
        (("-P", "-f", "failing", "x"), None),
        (("-P", "-f", "failing", "-f", "upper", "x"), None),
        (("-b", "-f", "upper", "x"), None),
        (("-b", "-v", "-f", "upper", "x", "y"), None),
        (("-b", "-v", "-P", "-n", "-f", "upper", "-f", "size"), LINES),
        (("-I", "-f", "upper", "x"), None),
        (("-L", "-f", "upper", "x"), None),
        (("-u", "", "-f", "upper", "x", "y"), None),
        (("-t", "20000", "-f", "upper", "x"), None),
        (("-t", "-1", "-f", "upper", "x"), None),
        (("-c", "7", "-f", "upper", "x"), None),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_prints_what_gearman_prints(scene: Scene, options: tuple[str, ...], stdin: bytes | None) -> None:
    scene.same(*options, stdin=stdin)


@pytest.mark.parametrize(
    ("options", "status"),
    [
        (("-t", "50", "-f", "nobody", "x"), 0),
        (("-p", "1", "-f", "upper", "x"), 0),
        (("-h", "no-such-host.invalid", "-f", "upper", "x"), 0),
        (("-i", "/no/such/folder/pid", "-f", "upper", "x"), 1),
        (("upper",), 1),
        (("-f",), 1),
        (("-f", "upper", "-x"), 1),
        (("-f", "upper", "--no-such-option"), 1),
        (("-w",), 1),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_says_in_a_line_what_gearman_says_in_another_way(
    scene: Scene, options: tuple[str, ...], status: int
) -> None:
    theirs, ours = scene.both(*options)
    assert (ours.status, ours.out) == (theirs.status, theirs.out) == (status, b"")
    assert is_complaint(ours.err)


@pytest.mark.parametrize(
    "options",
    [("-t", "50", "-f", "nobody", "x"), ("-p", "1", "-f", "upper", "x")],
    ids=" ".join,
)
def test_strict_ends_with_1_when_a_job_was_not_done(scene: Scene, options: tuple[str, ...]) -> None:
    finished = scene.run(OURS, "--strict", *options)
    assert (finished.status, finished.out) == (1, b"")
    assert is_complaint(finished.err)
    assert scene.run(OURS, "--strict", "-f", "upper", "x") == Finished(0, b"X", b"")


def test_each_operand_has_the_time_of_its_own(scene: Scene) -> None:
    theirs, ours = scene.both("-t", "50", "-f", "nobody", "x", "y")
    assert theirs.err.count(b"\n") == 2
    assert is_complaint(ours.err, lines=2)


@pytest.mark.parametrize("options", [(), ("-I",), ("-L",), ("-I", "-L"), ("-L", "-I")], ids=" ".join)
def test_priorities(scene: Scene, options: tuple[str, ...]) -> None:
    """Of two priorities the last counts."""
    queued = {}
    for tool, function in ((OURS, "ours"), (THEIRS, "theirs")):
        name = f"{function}{''.join(options)}"
        scene.run(tool, "-b", *options, "-f", name, "x")
        found = [line for line in scene.admin.listing("prioritystatus") if line.startswith(f"{name}\t")]
        queued[tool] = found[0].split("\t")[1:]
    assert queued[OURS] == queued[THEIRS]
    assert sorted(queued[OURS]) == ["0", "0", "0", "1"]


def test_a_unique_key_makes_jobs_of_both_tools_one(scene: Scene) -> None:
    for tool in (THEIRS, OURS, OURS):
        assert scene.run(tool, "-b", "-u", "same", "-f", "keyed", "x") == Finished(0, b"", b"")
    assert scene.admin.function("keyed") == (1, 0, 0)


def test_without_a_key_each_job_has_one_of_its_own(scene: Scene) -> None:
    before = set(scene.admin.listing("show unique jobs"))
    for tool in (THEIRS, OURS):
        scene.run(tool, "-b", "-f", "unkeyed", "x", "y")
    made = set(scene.admin.listing("show unique jobs")) - before
    assert sorted(len(key) for key in made) == [36] * 4


@pytest.mark.parametrize("variable", ["GEARMAN_SERVER", "GEARMAN_SERVERS"])
def test_the_server_in_the_environment(scene: Scene, variable: str) -> None:
    environment = {variable: f"{scene.server.host}:{scene.server.port}"}
    for tool in (THEIRS, OURS):
        assert scene.elsewhere(tool, "-f", "upper", "x", env=environment) == Finished(0, b"X", b"")


def test_the_second_server_when_the_first_is_away(scene: Scene) -> None:
    """gearman gives up; its jobs are not done."""
    environment = {"GEARMAN_SERVER": f"127.0.0.1:1,{scene.server.host}:{scene.server.port}"}
    assert scene.elsewhere(OURS, "-f", "upper", "x", env=environment) == Finished(0, b"X", b"")


def test_option_h_takes_a_port_too(scene: Scene) -> None:
    address = f"{scene.server.host}:{scene.server.port}"
    assert scene.elsewhere(OURS, "-h", address, "-f", "upper", "x") == Finished(0, b"X", b"")


def test_an_option_wins_over_the_environment(scene: Scene) -> None:
    environment = {"GEARMAN_SERVER": "127.0.0.1:1"}
    address = ["-h", scene.server.host, "-p", str(scene.server.port)]
    assert scene.elsewhere(OURS, *address, "-f", "upper", "x", env=environment) == Finished(0, b"X", b"")


def test_option_i_writes_a_pid_file(scene: Scene, tmp_path: Path) -> None:
    for tool in (THEIRS, OURS):
        path = tmp_path / tool
        path.write_text("of another run")
        program = scene.start(tool, "-i", str(path), "-u", tool, "-f", "unserved", "x")
        scene.admin.wait_for_clients(tool, 1)
        assert path.read_text() == f"{program.pid}\n"
        program.kill()
        assert scene.run(tool, "-i", str(path), "-f", "upper", "x") == Finished(0, b"X", b"")
        assert not path.exists()


def test_option_d_leaves_the_terminal(scene: Scene) -> None:
    for tool, function in ((THEIRS, "theirs in the background"), (OURS, "ours in the background")):
        assert scene.run(tool, "-d", "-b", "-v", "-f", function, "x") == Finished(0, b"", b"")
        scene.admin.wait_for(function, total=1)


def test_help_and_version(scene: Scene) -> None:
    theirs, ours = scene.both("-H", "-f", "x")
    assert (theirs.status, ours.status) == (0, 0)
    options = {line.split()[0] for line in theirs.out.decode().split("\n") if line.startswith("\t-")}
    assert options
    assert all(f"{option}, --" in ours.out.decode() for option in options)
    assert scene.run(OURS, "--version").status == 0


@pytest.mark.parametrize(
    ("options", "stdin", "printed", "by_gearman"),
    [
        # what gearman makes of it: the last letter lost, empty lines refused, NUL the end, lines cut
        (("-N", "-f", "upper"), b"one\ntwo", b"ONETWO", b"ONETW"),
        (("-N", "-f", "size"), b"\none\n", b"0\n3\n", b"3\n"),
        (("-n", "-f", "upper"), b"a\0b\n", b"A\0B\n", b"A"),
        (("-n", "-f", "size"), b"x" * 9000 + b"\n", b"9001\n", b"8191\n810\n"),
        (("-f", "size", ""), None, b"0\n", b""),
    ],
)
def test_no_byte_of_a_workload_is_lost(
    scene: Scene, options: tuple[str, ...], stdin: bytes | None, printed: bytes, by_gearman: bytes
) -> None:
    theirs, ours = scene.both(*options, stdin=stdin)
    assert ours == Finished(0, printed, b"")
    assert theirs.out == by_gearman


def test_progress_without_a_denominator(scene: Scene) -> None:
    """gearman divides by it."""
    assert scene.run(OURS, "-f", "baseless", "x") == Finished(0, b"0% Complete\nnevertheless", b"")
    assert scene.run(THEIRS, "-f", "baseless", "x").status < 0


@pytest.mark.parametrize("server_name", MAIN_SERVERS)
def test_a_worker_that_raises(server_name: str) -> None:
    """On gearmand 1.1, gearman waits for ever."""
    for scene in open_scene(server_name):
        assert scene.run(OURS, "-f", "raising", "x") == Finished(1, b"so far", b"Job failed\n")
        told = scene.run(OURS, "--exceptions", "-f", "raising", "x")
        assert told == Finished(0, b"so far", b"boom")
        assert scene.run(OURS, "--exceptions", "--strict", "-f", "raising", "x").status == 1


@pytest.mark.parametrize("server_name", MAIN_SERVERS)
def test_exceptions_that_the_server_sends_to_everybody(server_name: str, gearman: str) -> None:
    for scene in open_scene(server_name, "--exceptions"):
        assert scene.same("-f", "raising", "x") == Finished(0, b"so far", b"boom")
        assert scene.same("-P", "-f", "raising", "x").err == b"raising: boom"


@pytest.mark.parametrize(
    "options",
    [("-t", "soon"), ("-c", "few"), ("-p", "no-such-service"), ("-p", "70000"), ("-u", "k" * 65), ("-S",)],
    ids=" ".join,
)
def test_refuses_what_gearman_misreads(scene: Scene, options: tuple[str, ...]) -> None:
    finished = scene.run(OURS, *options, "-f", "upper", "x")
    assert (finished.status, finished.out) == (1, b"")
    assert is_complaint(finished.err)


def test_a_server_that_refuses_a_job(scene: Scene) -> None:
    scene.admin.line("create function full")
    scene.admin.line("maxqueue full 1")
    scene.run(OURS, "-b", "-f", "full", "x")
    finished = scene.run(OURS, "--strict", "-b", "-f", "full", "y")
    assert (finished.status, is_complaint(finished.err)) == (1, True)
    assert scene.admin.function("full") == (1, 0, 0)


@pytest.mark.parametrize("server_name", MAIN_SERVERS)
def test_a_server_that_dies(server_name: str, programs: Programs, gearman: str) -> None:
    """Each connection's job has a complaint of its own, and --strict tells."""
    with open_server(server_name) as server, closing(Admin(server)) as admin:
        tools = ClientTools(server, programs)
        clients = [
            tools.start(tool, *options, "-f", "f", "x")
            for tool, options in ((THEIRS, ()), (OURS, ()), (OURS, ("--strict",)))
        ]
        admin.wait_for("f", total=3)
        os.kill(server.pid, signal.SIGTERM)
        theirs, ours, strict = (client.finish() for client in clients)
        os.waitid(os.P_PID, server.pid, os.WEXITED | os.WNOWAIT)  # or it is told to stop a second time
    assert (ours.status, ours.out) == (theirs.status, theirs.out) == (0, b"")
    assert is_complaint(ours.err)
    assert strict.status == 1


def test_no_line_is_lost_when_the_server_restarts() -> None:
    """The jobs of the first server are gone with it, as jobs in memory are; later lines find the second."""
    with gearfast("-t", "0") as first:
        port = str(first.port)
        client = subprocess.Popen(
            [*GEARFAST, "client", "-p", port, "--strict", "-b", "-v", "-N", "-f", "f"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert client.stdin is not None
        assert client.stdout is not None
        client.stdin.write(b"one\n")
        client.stdin.flush()
        assert client.stdout.readline().startswith(b"Task created: ")
    with gearfast("-t", "0", "--port", port) as second:
        out, _ = client.communicate(b"two\nthree\n")
        assert (client.returncode, out.count(b"Task created: ")) == (0, 2)
        with closing(Admin(JobServer("gearfast", second.host, second.port, second.pid))) as admin:
            assert admin.function("f") == (2, 0, 0)


def test_a_pipe_that_nobody_reads_any_more(scene: Scene) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    address = ["-h", scene.server.host, "-p", str(scene.server.port)]
    command = [*GEARFAST, "client", *address, "-f", "size", "x"]
    finished = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (finished.returncode, finished.stderr) == (1, b"")


def test_a_bar_on_a_terminal(scene: Scene) -> None:
    address = ["-h", scene.server.host, "-p", str(scene.server.port)]
    with Terminal([*GEARFAST, "client", *address, "-P", "-f", "chatty", "x"]) as terminal:
        assert terminal.finish() == 0
    assert b"chatty: 25% [##########" in terminal.seen
    assert b"Complete" not in terminal.seen
    assert terminal.seen.endswith(b"\r\x1b[Kchatty: all done")
