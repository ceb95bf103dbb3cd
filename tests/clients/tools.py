"""`gearman` and `gearfast client`, run in the same way on the same server."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from collections.abc import Sequence

from tests.clients.harness import Finished, JobServer, Program, Programs

GEARFAST = (sys.executable, "-W", "error", "-m", "gearfast")
OURS = "gearfast client"
THEIRS = "gearman"

# gearman prints some lines with stdio and the rest without: unbuffered, all come in their order.
_COMMANDS = {OURS: (*GEARFAST, "client"), THEIRS: ("stdbuf", "-o0", "gearman")}


class ClientTools:
    """Both tools bound to one server."""

    def __init__(self, server: JobServer, programs: Programs) -> None:
        self.server = server
        self._programs = programs
        self._address = ["-h", server.host, "-p", str(server.port)]

    def start(self, tool: str, *arguments: str, stdin: bytes | None = None) -> Program:
        return self._programs.start([*_COMMANDS[tool], *self._address, *arguments], stdin)

    def run(self, tool: str, *arguments: str, stdin: bytes | None = None) -> Finished:
        return comparable(self.start(tool, *arguments, stdin=stdin).finish())

    def elsewhere(self, tool: str, *arguments: str, env: dict[str, str] | None = None) -> Finished:
        """Run it without telling it where the server is."""
        return comparable(self._programs.run([*_COMMANDS[tool], *arguments], env=env))

    def both(self, *arguments: str, stdin: bytes | None = None) -> tuple[Finished, Finished]:
        """gearman's end and ours, run at the same time."""
        started = [self.start(tool, *arguments, stdin=stdin) for tool in (THEIRS, OURS)]
        theirs, ours = (comparable(program.finish()) for program in started)
        return theirs, ours

    def same(self, *arguments: str, stdin: bytes | None = None) -> Finished:
        """How both end; fails when they differ."""
        theirs, ours = self.both(*arguments, stdin=stdin)
        assert ours == theirs
        return ours


def comparable(finished: Finished) -> Finished:
    """Every job has its number."""
    return Finished(finished.status, re.sub(rb"(H:\S+):\d+", rb"\1:N", finished.out), finished.err)


def is_complaint(err: bytes, lines: int = 1) -> bool:
    """Whether these are lines of ours, each of which names what went wrong."""
    said = err.splitlines()
    return len(said) == lines and all(re.fullmatch(rb"gearfast: .{9,}", line) for line in said)


class Terminal:
    """A program that believes it talks to a person; it is killed when the block is left."""

    def __init__(self, command: Sequence[str]) -> None:
        self._end, theirs = pty.openpty()
        self._process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        self.seen = b""

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._end)

    @property
    def pid(self) -> int:
        return self._process.pid

    def read_until(self, wanted: bytes, count: int = 1) -> None:
        """Fails when the program ends before it has shown this so often."""
        while self.seen.count(wanted) < count:
            assert self._read(), f"{wanted!r} is not in {self.seen!r}"

    def finish(self) -> int:
        """Read to the end; returns the exit code."""
        while self._read():
            pass
        return self._process.wait()

    def _read(self) -> bytes:
        try:
            chunk = os.read(self._end, 65536)
        except OSError:  # the end, on Linux
            return b""
        self.seen += chunk
        return chunk
