"""gearfast as users run it: a process of its own, on a free loopback port unless the options say otherwise.

    with gearfast("--threads", "4") as server:
        socket.create_connection((server.host, server.port))

Leaving the block stops the server and checks its exit code, and that stderr holds nothing but log lines.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import gearfast as package

LOOPBACK = "127.0.0.1"
PATIENCE_SECONDS = 60.0
LOG_LINE = re.compile(r" *[A-Z]+ \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6} \[ *\w+ \] ")

TREE = Path(package.__file__).parent.parent
_COMMAND = [sys.executable, "-W", "error", "-m", "gearfast"]


class Gearfast:
    """A running server. `log` is the lines of stderr, `printed` those of stdout; both grow while it runs."""

    def __init__(self, options: tuple[str, ...], env: Mapping[str, str], cwd: Path) -> None:
        self.host = LOOPBACK
        self.log: list[str] = []
        self.printed: list[str] = []
        self._news = threading.Condition()
        self._open_pipes = 2
        self.process = subprocess.Popen(
            [*_COMMAND, *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="backslashreplace",
            env=clean_environment(env),
            cwd=cwd,
        )
        self._follow(self.process.stdout, self.printed)
        self._follow(self.process.stderr, self.log)

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def port(self) -> int:
        """The port that the server printed, or named first in its log."""
        if self.printed:
            return int(self.printed[0])
        first = next(line for line in self.log if "Listening on" in line)
        return int(first.rpartition(":")[2])

    def refuses_connections(self) -> bool:
        """Whether it listens no more. One that is reset was in the backlog as the listening socket closed."""
        try:
            socket.create_connection((self.host, self.port)).close()
        except ConnectionRefusedError:
            return True
        except ConnectionResetError:
            return False
        return False

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def wait(self) -> int:
        """The exit code, or minus the signal's number, once it has ended by itself and all output is read."""
        code = self.process.wait(PATIENCE_SECONDS)
        with self._news:
            self._news.wait_for(lambda: self._open_pipes == 0, PATIENCE_SECONDS)
        return code

    def wait_for_log(self, text: str, count: int = 1) -> str:
        """The `count`-th line of stderr with this text, as soon as it is there."""
        self._wait_for(lambda: len(self._lines_with(text)) >= count, f"{text!r} in its log")
        return self._lines_with(text)[count - 1]

    def wait_until_ready(self, on_stdout: bool) -> None:
        """Until the server tells its port, on stdout or in the log."""
        if on_stdout:
            self._wait_for(lambda: bool(self.printed), "a port on stdout")
        else:
            self.wait_for_log("Listening on")

    def foreign_lines(self) -> list[str]:
        """The lines of stderr that are no log lines."""
        return [line for line in self.log if not LOG_LINE.match(line)]

    def end(self) -> int:
        """Stop it if it still runs; returns the exit code."""
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        try:
            return self.wait()
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()

    def _lines_with(self, text: str) -> list[str]:
        return [line for line in self.log if text in line]

    def _wait_for(self, happened: Callable[[], bool], what: str) -> None:
        with self._news:
            self._news.wait_for(lambda: happened() or self._open_pipes == 0, PATIENCE_SECONDS)
            if not happened():
                output = "\n".join([*self.printed, *self.log])
                raise AssertionError(f"gearfast did not give {what}:\n{output}")

    def _follow(self, pipe: IO[str] | None, lines: list[str]) -> None:
        assert pipe is not None
        threading.Thread(target=self._read, args=(pipe, lines), daemon=True).start()

    def _read(self, pipe: IO[str], lines: list[str]) -> None:
        with pipe:
            for line in pipe:
                with self._news:
                    lines.append(line.rstrip("\n"))
                    self._news.notify_all()
        with self._news:
            self._open_pipes -= 1
            self._news.notify_all()


@contextmanager
def gearfast(
    *options: str,
    env: Mapping[str, str] | None = None,
    cwd: Path = TREE,
    exit_code: int = 0,
    stderr: str | None = None,
    wait: bool = True,
) -> Iterator[Gearfast]:
    """Serve until the block is left; inside the block connections are accepted, unless `wait` is false.

    `stderr` is a pattern for the lines that stderr may hold beside log lines. `env` adds to the environment.
    """
    server = Gearfast((*_defaults(options), *options), env or {}, cwd)
    try:
        if wait:
            server.wait_until_ready(on_stdout=not _given(options, "-p", "--port"))
        yield server
    except BaseException:
        server.process.kill()
        server.wait()
        raise
    code = server.end()
    foreign = [line for line in server.foreign_lines() if stderr is None or not re.search(stderr, line)]
    assert (code, foreign) == (exit_code, []), "\n".join(server.log)


def run_gearfast(
    *options: str, env: Mapping[str, str] | None = None, cwd: Path = TREE
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end with exactly these options."""
    return subprocess.run(
        [*_COMMAND, *options],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=clean_environment(env or {}),
        cwd=cwd,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def _defaults(options: tuple[str, ...]) -> list[str]:
    """Options for a server that disturbs nobody; whatever the test gives itself is left out."""
    defaults = []
    if not _given(options, None, "--config-file"):
        defaults += ["--config-file", os.devnull]
    if not _given(options, "-L", "--listen"):
        defaults += ["--listen", LOOPBACK]
    if not _given(options, "-p", "--port"):
        defaults += ["--port", "0"]
    elif not _given(options, None, "--verbose"):
        defaults += ["--verbose", "INFO"]
    return defaults


def _given(options: tuple[str, ...], short: str | None, long: str) -> bool:
    return any(
        option == long or option.startswith(f"{long}=") or (short is not None and option.startswith(short))
        for option in options
    )


def clean_environment(more: Mapping[str, str]) -> dict[str, str]:
    """Our environment, for the same package and without what would change the server's options."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GEARFAST_") and name != "GEARMAND_PORT"
    }
    path = os.pathsep.join(filter(None, [str(TREE), os.environ.get("PYTHONPATH")]))
    return kept | {"PYTHONPATH": path} | dict(more)
