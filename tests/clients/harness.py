"""The server a scenario talks to, and programs that have a hard time limit."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass

LIMIT_SECONDS = 30.0


@dataclass(frozen=True)
class JobServer:
    """Where the scenario's server is. `kind` is "gearmand" or "gearfast"."""

    kind: str
    host: str
    port: int
    pid: int

    @property
    def address(self) -> list[str]:
        """Host and port as the first two arguments of every scenario script."""
        return [self.host, str(self.port)]


@dataclass(frozen=True)
class Finished:
    """A program's end: `status` is the exit status, negative for a signal."""

    status: int
    out: bytes
    err: bytes

    @property
    def lines(self) -> list[str]:
        """The lines of stdout without their newlines; other line-breaking characters belong to the text."""
        return self.out.decode().removesuffix("\n").split("\n") if self.out else []


class Program:
    """A started program; its output is read as it comes."""

    def __init__(self, command: Sequence[str], stdin: bytes | None, env: dict[str, str] | None) -> None:
        self._command = list(command)
        self._seen = b""
        with tempfile.TemporaryFile() as input_file:
            input_file.write(stdin or b"")
            input_file.seek(0)
            self._process = subprocess.Popen(
                self._command,
                bufsize=0,
                stdin=input_file,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=_environment(env or {}),
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def read_line(self, limit: float = LIMIT_SECONDS) -> str:
        """The next line on stdout without its newline; an error when the program ends before it."""
        assert self._process.stdout is not None
        deadline = time.monotonic() + limit
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while b"\n" not in self._seen:
                if not selector.select(deadline - time.monotonic()):
                    raise AssertionError(f"no line within {limit} s from {self._command}: {self._seen!r}")
                chunk = os.read(self._process.stdout.fileno(), 65536)
                if not chunk:
                    raise AssertionError(f"{self._command} ended: {self.finish()}")
                self._seen += chunk
        line, _, self._seen = self._seen.partition(b"\n")
        return line.decode()

    def finish(self, limit: float = LIMIT_SECONDS) -> Finished:
        """Wait for the end; `out` holds what read_line has not taken."""
        try:
            out, err = self._process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            self.kill()
            out, err = self._process.communicate()
            raise AssertionError(f"{self._command} ran for {limit} s: {self._seen + out!r} {err!r}") from None
        return Finished(self._process.returncode, self._seen + out, err)

    def kill(self) -> None:
        """SIGKILL for the program and whatever it started; harmless when it has ended."""
        if self.running:
            os.killpg(self.pid, signal.SIGKILL)
            self._process.wait()

    def close(self) -> None:
        self.kill()
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()


def _environment(more: dict[str, str]) -> dict[str, str]:
    """Ours without what would send the programs to another server."""
    elsewhere = ("GEARMAN_SERVER", "GEARMAN_WORKER_USE_STDIO")
    return {name: value for name, value in os.environ.items() if name not in elsewhere} | more


class Programs:
    """Starts programs and sees to it that none outlives its test."""

    def __init__(self) -> None:
        self._started: list[Program] = []

    def start(
        self, command: Sequence[str], stdin: bytes | None = None, env: dict[str, str] | None = None
    ) -> Program:
        program = Program(command, stdin, env)
        self._started.append(program)
        return program

    def run(
        self, command: Sequence[str], stdin: bytes | None = None, env: dict[str, str] | None = None
    ) -> Finished:
        return self.start(command, stdin, env).finish()

    def close(self) -> None:
        for program in self._started:
            program.close()


def handle(number: int) -> str:
    """The handle of the server's n-th job; both servers name jobs after the machine."""
    return f"H:{os.uname().nodename}:{number}"
