"""On a terminal: a line that tells how things are, and Ctrl-C."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import suppress

import pytest

from gearfast import Client
from tests.manager.conftest import Folder
from tests.protocol.server import Counts, Server
from tests.support.child import environment
from tests.support.patience import eventually

COLUMNS = 60


class Terminal:
    """`gearfast worker` with a terminal of its own; `text` is all that it was sent."""

    def __init__(self, folder: Folder, env: dict[str, str]) -> None:
        self.screen, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))
        os.set_blocking(self.screen, False)
        self.text = ""
        self.process = subprocess.Popen(
            # setsid makes the terminal that of a new session, so that Ctrl-C reaches it.
            ["setsid", "--ctty", "--wait", sys.executable, "-m", "gearfast", "worker", "tasks:worker"],
            stdin=inner,
            stdout=inner,
            stderr=inner,
            cwd=folder.path,
            env=env,
        )
        os.close(inner)

    def wait_for(self, pattern: str) -> None:
        eventually(self._look, lambda text: re.search(pattern, text) is not None, pattern)

    def type(self, keys: bytes) -> None:
        os.write(self.screen, keys)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self.hang_up()

    def hang_up(self) -> None:
        """The terminal goes away. May be called again."""
        if self.screen >= 0:
            os.close(self.screen)
        self.screen = -1

    def _look(self) -> str:
        with suppress(OSError):  # nothing new, or the other end is closed
            self.text += os.read(self.screen, 65536).decode()
        return self.text


@pytest.fixture
def terminal(folder: Folder, address: str, function: str) -> Iterator[Terminal]:
    env = environment(has_native_code=True) | {"GEARMAN_SERVERS": address, "FUNCTION": function}
    shown = Terminal(folder, env)
    yield shown
    shown.close()


def test_the_status_line(terminal: Terminal, client: Client, function: str) -> None:
    terminal.wait_for(r"\r\x1b\[Kstarting: 0/1 processes")
    terminal.wait_for(r"\r\x1b\[Kserving: 1/1 processes, 0 running, 0 done")
    client.call(function)
    terminal.wait_for(r"\r\x1b\[Kserving: 1/1 processes, 0 running, 1 done")
    shown = re.findall(r"\x1b\[K([a-z]+: [^\r\n\x1b]*)", terminal.text)
    assert shown
    assert all(len(line) < COLUMNS for line in shown)


def test_ctrl_c_finishes_the_job(
    terminal: Terminal, client: Client, server: Server, function: str, folder: Folder
) -> None:
    job = client.submit(function, b"hold")
    server.await_counts(function.encode(), Counts(1, 1, 1))
    terminal.type(b"\x03")
    terminal.wait_for("stopping on SIGINT")
    server.await_counts(function.encode(), Counts(1, 1, 1))
    folder.write("hold")
    assert job.result().startswith(b"first ")
    assert terminal.process.wait(60) == 0


def test_a_second_ctrl_c_ends_it_at_once(
    terminal: Terminal, client: Client, server: Server, function: str
) -> None:
    job = client.submit(function, b"hold")
    server.await_counts(function.encode(), Counts(1, 1, 1))
    terminal.type(b"\x03")
    terminal.wait_for("stopping on SIGINT")
    terminal.type(b"\x03")
    server.await_counts(function.encode(), Counts(1, 0, 0))
    assert terminal.process.wait(60) == 130
    assert not job.done


def test_it_outlives_its_terminal(
    terminal: Terminal, client: Client, server: Server, function: str, folder: Folder
) -> None:
    """Hanging up is a SIGHUP, too: new processes take over."""
    job = client.submit(function, b"hold")
    server.await_counts(function.encode(), Counts(1, 1, 1))
    terminal.hang_up()
    server.await_counts(function.encode(), Counts(1, 1, 2))
    folder.write("hold")
    assert job.result().startswith(b"first ")
    client.call(function)
    assert terminal.process.poll() is None
