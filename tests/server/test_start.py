"""The start, seen from outside: where it listens, as whom, with which limits, and how a failure is told."""

from __future__ import annotations

import os
import pwd
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gearfast import __version__
from gearfast.server.errors import ExitCode, ServerError
from gearfast.server.privileges import find
from tests.protocol.peer import Peer
from tests.protocol.wire import JOB_CREATED, SUBMIT_JOB_BG, req
from tests.server.conftest import until
from tests.support.child import NEEDS_DESCRIPTORS, UNDER_TSAN
from tests.support.gearfast_process import LOOPBACK, PATIENCE_SECONDS, TREE, Gearfast, gearfast, run_gearfast

NO_FILE = ("--config-file", os.devnull)


def status_of(server: Gearfast) -> dict[str, list[str]]:
    """/proc/PID/status."""
    lines = Path(f"/proc/{server.pid}/status").read_text().splitlines()
    return {name: rest.split() for name, _, rest in (line.partition(":") for line in lines)}


def limit_of(server: Gearfast, name: str) -> tuple[str, str]:
    """Soft and hard limit in /proc/PID/limits."""
    found = re.search(rf"^{name} +(\w+) +(\w+)", Path(f"/proc/{server.pid}/limits").read_text(), re.MULTILINE)
    assert found
    return found[1], found[2]


def ask_version(peer: Peer) -> None:
    assert peer.ask(b"version") == b"OK %s\n" % __version__.encode()


def fails(*options: str) -> tuple[int, str]:
    """Exit code and the one line of a start that fails."""
    result = run_gearfast(*NO_FILE, *options)
    assert result.stdout == ""
    assert result.stderr.startswith("gearfast: ")
    assert result.stderr.count("\n") == 1
    return result.returncode, result.stderr


class TestListening:
    """-L and -p."""

    def test_free_port_is_printed_alone_and_logged(self) -> None:
        with gearfast("--verbose", "INFO") as server, Peer(server.port) as peer:
            ask_version(peer)
        assert server.printed == [str(server.port)]
        assert any(line.endswith(f"Listening on {LOOPBACK}:{server.port}") for line in server.log)

    def test_given_port_is_not_printed(self) -> None:
        with socket.socket() as reserved:
            reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            reserved.bind((LOOPBACK, 0))
            port = reserved.getsockname()[1]
            with gearfast("--port", str(port)) as server, Peer(port) as peer:
                ask_version(peer)
        assert (server.port, server.printed) == (port, [])

    def test_several_addresses(self, tmp_path: Path) -> None:
        path = tmp_path / "s"
        with gearfast("-L", LOOPBACK, "-L", "[::1]", "-L", f"unix:{path}") as server:
            for host in (LOOPBACK, "::1"):
                with Peer(server.port, host) as peer:
                    ask_version(peer)
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(str(path))
                client.sendall(b"version\n")
                assert client.recv(100) == b"OK %s\n" % __version__.encode()
        assert not path.exists()

    def test_unix_socket_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "s"
        with gearfast("-L", f"unix:{path}", "--verbose", "INFO", wait=False) as server:
            server.wait_for_log(f"Listening on unix:{path}")
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(str(path))
                client.sendall(b"getpid\n")
                assert client.recv(100) == b"OK %d\n" % server.pid
        assert server.printed == []

    def test_all_addresses(self) -> None:
        result = Gearfast((*NO_FILE, "--port", "0"), {}, TREE)
        result.wait_until_ready(on_stdout=True)
        for host in (LOOPBACK, "::1"):
            with Peer(result.port, host) as peer:
                ask_version(peer)
        assert result.end() == ExitCode.OK

    def test_k23_gearmand_port_applies_where_none_is_given(self) -> None:
        with socket.socket() as reserved:
            reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            reserved.bind((LOOPBACK, 0))
            port = reserved.getsockname()[1]
            options = (*NO_FILE, "--listen", LOOPBACK, "--verbose", "INFO")
            server = Gearfast(options, {"GEARMAND_PORT": str(port)}, TREE)
            server.wait_for_log(f"Listening on {LOOPBACK}:{port}")
            assert server.end() == ExitCode.OK


class TestPortInUse:
    """K20: the start waits for the port, says so, and can be stopped meanwhile."""

    @pytest.fixture
    def busy(self) -> Iterator[socket.socket]:
        with socket.create_server((LOOPBACK, 0)) as listening:
            yield listening

    def test_k20_it_serves_once_the_port_is_free(self, busy: socket.socket) -> None:
        port = busy.getsockname()[1]
        with gearfast("--port", str(port), "--verbose", "ERROR", wait=False) as server:
            shown = server.wait_for_log(f"{LOOPBACK}:{port} is in use; trying again in 1 s")
            assert shown.startswith("WARNING ")
            busy.close()
            server.wait_for_log("trying again")
            until(lambda: serves(port))

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_a_signal_ends_the_wait(self, busy: socket.socket, number: signal.Signals) -> None:
        options = ("--port", str(busy.getsockname()[1]))
        with gearfast(*options, wait=False, exit_code=ExitCode.INTERRUPTED) as server:
            server.wait_for_log("trying again")
            server.signal(number)
            assert server.wait() == ExitCode.INTERRUPTED

    def test_a_daemon_waits_in_the_foreground(self, busy: socket.socket, tmp_path: Path) -> None:
        options = ("--daemon", "--port", str(busy.getsockname()[1]), "--log-file", str(tmp_path / "log"))
        with gearfast(*options, wait=False, exit_code=ExitCode.INTERRUPTED) as server:
            server.wait_for_log("trying again")
        assert not (tmp_path / "log").exists()


def serves(port: int) -> bool:
    try:
        with Peer(port) as peer:
            ask_version(peer)
    except ConnectionRefusedError:
        return False
    return True


class TestFailures:
    """One line and one exit code for each."""

    @pytest.mark.parametrize(
        ("options", "code", "message"),
        [
            ("-L 203.0.113.1", ExitCode.UNAVAILABLE, "203.0.113.1:0 is no address of this machine"),
            ("-L no.such.host.invalid", ExitCode.NO_HOST, "--listen no.such.host.invalid: "),
            ("-L unix:/nosuch/socket", ExitCode.CANNOT_CREATE, "unix:/nosuch/socket: No such file"),
            ("-P /nosuch/pid", ExitCode.CANNOT_CREATE, "Cannot write --pid-file /nosuch/pid: No such file"),
            ("-u nosuchuser", ExitCode.NO_USER, "--user nosuchuser: there is no such user."),
            (
                "-f 2000000000",
                ExitCode.NO_PERMISSION,
                "--file-descriptors 2000000000 is more than the system allows",
            ),
            ("-f 6", ExitCode.OS_ERROR, "Too many open files"),
        ],
    )
    def test_at_start(self, options: str, code: ExitCode, message: str) -> None:
        found, line = fails("-p", "0", *options.split())
        assert found == code
        assert message in line


class TestFiles:
    """The pid and log files."""

    def test_k21_stale_pid_file_is_replaced(self, tmp_path: Path) -> None:
        path = tmp_path / "pid"
        path.write_text("1\n")
        with gearfast("--pid-file", str(path)) as server:
            assert path.read_text() == f"{server.pid}\n"
        assert not path.exists()

    def test_log_file_that_cannot_be_opened(self, tmp_path: Path) -> None:
        complaint = f"gearfast: Cannot open --log-file {tmp_path}: Is a directory; the log goes to stderr."
        with gearfast(
            "--log-file", str(tmp_path), "--verbose", "INFO", stderr=re.escape(complaint)
        ) as server:
            server.wait_for_log("Listening on")
        assert server.log[0] == complaint

    def test_log_of_the_start(self, tmp_path: Path) -> None:
        path = tmp_path / "log"
        with gearfast("--log-file", str(path), "--verbose", "INFO", "--threads", "2") as server:
            pass
        log = path.read_text()
        assert f"Starting up with pid {server.pid}, verbose is set to INFO\n" in log
        assert f"gearfast {__version__}, 2 I/O threads, " in log
        assert server.log == []

    def test_no_log(self) -> None:
        with gearfast("--log-file", "none", "--verbose", "DEBUG") as server, Peer(server.port) as peer:
            peer.settle()
        assert server.log == []

    def test_default_level_is_error(self) -> None:
        with gearfast() as server, Peer(server.port) as peer:
            peer.settle()
        assert server.log == []


class TestProcess:
    """What the operating system sees."""

    @pytest.mark.parametrize(("threads", "tasks"), [("0", 2), ("1", 3), ("2", 5), ("4", 7)])
    def test_threads(self, threads: str, tasks: int) -> None:
        with gearfast("--threads", threads) as server:
            of_sanitizer = 1 if UNDER_TSAN else 0
            assert len(list(Path(f"/proc/{server.pid}/task").iterdir())) == tasks + of_sanitizer

    def test_all_descriptors_are_used_by_default(self) -> None:
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
        try:
            with gearfast() as server:
                soft, hard = limit_of(server, "Max open files")
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)
        assert soft == hard == str(before[1])

    def test_descriptor_limit(self) -> None:
        with gearfast("--file-descriptors", "300") as server:
            assert limit_of(server, "Max open files")[0] == "300"

    def test_core_dumps_stay_as_they_are_by_default(self) -> None:
        before = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, before[1]))
        try:
            with gearfast() as without, gearfast("--coredump") as with_dumps:
                assert limit_of(without, "Max core file size")[0] == "0"
                soft, hard = limit_of(with_dumps, "Max core file size")
        finally:
            resource.setrlimit(resource.RLIMIT_CORE, before)
        assert soft == hard


@pytest.mark.skipif(UNDER_TSAN, reason=NEEDS_DESCRIPTORS)
def test_closed_standard_descriptors_are_given_to_no_connection(tmp_path: Path) -> None:
    path = tmp_path / "s"
    words = [sys.executable, "-m", "gearfast", *NO_FILE, "--listen", f"unix:{path}", "--verbose", "DEBUG"]
    server = subprocess.Popen(["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *words], cwd=TREE)
    try:
        with socket.socket(socket.AF_UNIX) as client:
            until(lambda: client.connect_ex(str(path)) == 0)
            client.sendall(b"getpid\n")
            assert client.recv(100) == b"OK %d\n" % server.pid
            descriptors = Path(f"/proc/{server.pid}/fd")
            assert {(descriptors / str(number)).readlink() for number in (0, 1, 2)} == {Path("/dev/null")}
    finally:
        server.terminate()
        assert server.wait(PATIENCE_SECONDS) == ExitCode.OK


class TestUser:
    """--user: the ports are opened before, the files after."""

    @pytest.fixture
    def folder(self, nobody: pwd.struct_passwd) -> Iterator[Path]:
        """A folder in which only nobody may write; pytest's own folders are closed to others."""
        path = Path(tempfile.mkdtemp())
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
        yield path
        shutil.rmtree(path)

    def test_it_becomes_the_user(self, nobody: pwd.struct_passwd, folder: Path) -> None:
        log, pid = folder / "log", folder / "pid"
        options = ("--user", nobody.pw_name, "--log-file", str(log), "--pid-file", str(pid))
        with gearfast(*options) as server:
            status = status_of(server)
            assert status["Uid"] == [str(nobody.pw_uid)] * 4
            assert status["Gid"] == [str(nobody.pw_gid)] * 4
            groups = os.getgrouplist(nobody.pw_name, nobody.pw_gid)
            assert sorted(map(int, status["Groups"])) == sorted(groups)
            assert pid.owner() == log.owner() == nobody.pw_name
        assert not pid.exists()

    def test_ports_are_opened_as_root(self, nobody: pwd.struct_passwd, tmp_path: Path) -> None:
        path = tmp_path / "s"
        with gearfast("--user", nobody.pw_name, "-L", LOOPBACK, "-L", f"unix:{path}") as server:
            assert path.owner() == "root"
            with Peer(server.port) as peer:
                ask_version(peer)

    def test_files_are_made_as_the_user(self, nobody: pwd.struct_passwd, tmp_path: Path) -> None:
        code, line = fails("-p", "0", "--user", nobody.pw_name, "--pid-file", str(tmp_path / "pid"))
        assert code == ExitCode.CANNOT_CREATE
        assert "Permission denied" in line

    def test_cores_are_allowed_as_the_user_too(self, nobody: pwd.struct_passwd) -> None:
        with (
            gearfast("--user", nobody.pw_name) as without,
            gearfast("--user", nobody.pw_name, "--coredump") as dumps,
        ):
            # The files of a process that may not dump belong to root.
            assert Path(f"/proc/{without.pid}/environ").owner() == "root"
            assert Path(f"/proc/{dumps.pid}/environ").owner() == nobody.pw_name

    def test_without_rights(self, nobody: pwd.struct_passwd) -> None:
        os.seteuid(nobody.pw_uid)
        try:
            with pytest.raises(
                ServerError, match="--user root needs root; start as root or leave it out"
            ) as no:
                find("root")
        finally:
            os.seteuid(0)
        assert no.value.code == ExitCode.NO_PERMISSION

    def test_who_is_the_user_already_needs_no_root(self, nobody: pwd.struct_passwd) -> None:
        me = pwd.getpwuid(os.getuid()).pw_name
        with gearfast("--user", me) as server, Peer(server.port) as peer:
            ask_version(peer)


@pytest.mark.parametrize("threads", ["0", "1", "4"])
def test_what_was_logged_last_is_in_the_log(threads: str) -> None:
    jobs = 200
    with gearfast("--threads", threads, "--verbose", "NOTICE") as server, Peer(server.port) as client:
        client.send(*[req(SUBMIT_JOB_BG, b"f", b"", b"")] * jobs)
        for _ in range(jobs):
            client.receive_kind(JOB_CREATED)
        server.signal(signal.SIGTERM)
        server.wait()
    assert sum("accepted,f," in line for line in server.log) == jobs
