"""What the tests of the process share: daemons, which are nobody's children, and a user to become."""

from __future__ import annotations

import os
import pwd
import select
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from time import monotonic

import pytest

from tests.support.gearfast_process import LOOPBACK, PATIENCE_SECONDS, run_gearfast

StartDaemon = Callable[..., "Daemon"]


def until(happened: Callable[[], bool]) -> None:
    """Ask again and again until the answer is yes."""
    deadline = monotonic() + PATIENCE_SECONDS
    while not happened():
        assert monotonic() < deadline, "it never happened"


class Daemon:
    """A server in the background, known by its pid file."""

    def __init__(self, pid_file: Path, port: int) -> None:
        self.pid = int(pid_file.read_text())
        self.port = port
        self._handle = os.pidfd_open(self.pid)

    def stop(self) -> None:
        """Ask it to stop and wait until it has; no harm if it had before."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, signal.SIGTERM)
        assert select.select([self._handle], [], [], PATIENCE_SECONDS)[0]

    def close(self) -> None:
        self.stop()
        os.close(self._handle)


@contextmanager
def running_daemon(pid_file: Path, options: tuple[str, ...]) -> Iterator[Daemon]:
    own = ("--config-file", os.devnull, "--listen", LOOPBACK, "--port", "0", "--pid-file", str(pid_file))
    result = run_gearfast("--daemon", *own, *options)
    assert (result.returncode, result.stderr) == (0, "")
    with closing(Daemon(pid_file, int(result.stdout))) as daemon:
        yield daemon


@pytest.fixture
def start_daemon(tmp_path: Path) -> Iterator[StartDaemon]:
    """Starts `gearfast --daemon` with more options; it is stopped at the end of the test."""
    with ExitStack() as stack:
        yield lambda *options: stack.enter_context(running_daemon(tmp_path / "daemon.pid", options))


@pytest.fixture
def nobody() -> pwd.struct_passwd:
    """An account without rights, for tests that only root can run."""
    if os.geteuid() != 0:
        pytest.skip("only root can change the user")
    return pwd.getpwnam("nobody")
