"""Going to the background: the exit code of the command tells how the start ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gearfast.server.errors import ExitCode
from tests.protocol.peer import Peer
from tests.server.conftest import StartDaemon
from tests.support.gearfast_process import PATIENCE_SECONDS, TREE, run_gearfast

DETACH = "import os, sys; from gearfast.server.daemon import detach; background = detach(); "


def detached(then: str) -> subprocess.CompletedProcess[str]:
    """A program that detaches and does this in the child."""
    command = [sys.executable, "-W", "error", "-c", DETACH + then]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False, cwd=TREE
    )


class TestDetach:
    """The parent's outcome, by what becomes of the child."""

    def test_child_serves(self) -> None:
        result = detached(
            "print('seen'); background.serving(); print('unseen'); print('unseen', file=sys.stderr)"
        )
        assert (result.returncode, result.stdout, result.stderr) == (ExitCode.OK, "seen\n", "")

    def test_child_leads_its_session_without_input(self) -> None:
        result = detached("print(os.getsid(0) == os.getpid(), repr(sys.stdin.read())); background.serving()")
        assert result.stdout == "True ''\n"

    def test_child_fails(self) -> None:
        result = detached("print('why', file=sys.stderr); sys.exit(73)")
        assert (result.returncode, result.stderr) == (73, "why\n")

    def test_child_dies(self) -> None:
        result = detached("os.kill(os.getpid(), 9)")
        assert result.returncode == ExitCode.FAILURE
        assert result.stderr == "gearfast: The server was killed by signal 9 while it started.\n"

    def test_child_ends_without_having_served(self) -> None:
        assert detached("sys.exit(0)").returncode == ExitCode.INTERRUPTED


class TestServer:
    """`gearfast --daemon`."""

    def test_k19_it_serves_when_the_command_returns(self, start_daemon: StartDaemon) -> None:
        daemon = start_daemon()
        with Peer(daemon.port) as peer:
            assert peer.ask(b"getpid") == b"OK %d\n" % daemon.pid

    def test_it_has_left_the_terminal(self, start_daemon: StartDaemon) -> None:
        daemon = start_daemon()
        assert os.getsid(daemon.pid) == daemon.pid
        process = Path(f"/proc/{daemon.pid}")
        assert {(process / "fd" / str(number)).readlink() for number in (0, 1, 2)} == {Path("/dev/null")}
        assert (process / "cwd").samefile(TREE)

    def test_it_logs_to_its_file(self, start_daemon: StartDaemon, tmp_path: Path) -> None:
        path = tmp_path / "log"
        daemon = start_daemon("--log-file", str(path), "--verbose", "INFO")
        daemon.stop()
        assert f"Starting up with pid {daemon.pid}" in path.read_text()
        assert path.read_text().endswith("Shutdown complete\n")
        assert not (tmp_path / "daemon.pid").exists()

    @pytest.mark.parametrize(
        ("options", "code", "message"),
        [
            (
                ("--listen", "203.0.113.1"),
                ExitCode.UNAVAILABLE,
                "203.0.113.1:0 is no address of this machine",
            ),
            (("--pid-file", "/nosuch/pid"), ExitCode.CANNOT_CREATE, "Cannot write --pid-file /nosuch/pid"),
            (("--user", "no such user"), ExitCode.NO_USER, "--user no such user: there is no such user"),
            (("--threads", "x"), ExitCode.USAGE, "'--threads': 'x' is neither a number"),
        ],
    )
    def test_k19_a_failed_start_is_told(self, options: tuple[str, ...], code: ExitCode, message: str) -> None:
        result = run_gearfast(
            "--daemon", "--config-file", os.devnull, "--port", "0", "--log-file", "none", *options
        )
        assert (result.returncode, result.stdout) == (code, "")
        assert result.stderr.startswith("gearfast: ")
        assert result.stderr.count("\n") == 1
        assert message in result.stderr


def test_a_signal_to_the_waiting_command_stops_the_server_too() -> None:
    # The child tells its pid and then waits for the signal that only the parent gets.
    program = (
        "import os, sys, time\n"
        "from gearfast.server.daemon import detach\n"
        "from gearfast.server.signals import Signals, StopRequested\n"
        "with Signals() as signals:\n"
        "    background = detach()\n"
        "    print('started', flush=True)\n"
        "    try:\n"
        f"        signals.sleep({PATIENCE_SECONDS})\n"
        "    except StopRequested:\n"
        "        print('stopped', flush=True)\n"
        "        sys.exit(5)\n"
    )
    command = [sys.executable, "-W", "error", "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=TREE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "started\n"
        parent.send_signal(signal.SIGTERM)
        assert parent.stdout.readline() == "stopped\n"
        assert parent.wait(PATIENCE_SECONDS) == 5
