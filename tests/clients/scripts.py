"""The scenario scripts. Every language has a client and a worker that understand the same words.

    client HOST PORT SCENARIO [ARGUMENT...]     plays a scenario, prints one line an observation
    worker HOST PORT JOBS FUNCTION...           serves these functions for JOBS jobs (0: for ever)

Scenarios of all languages: "run FUNCTION" takes standard input to standard output; "observe FUNCTION" prints
"created FUNCTION HANDLE", then "data D", "warning W", "status N/D", "complete R", "fail", "exception E" as
they come. Functions of all workers: upper, chatty, failing, throwing, handle (returns the job's handle) and
hang (says so and stays); "FUNCTION/MS" asks for a time limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.clients.admin import Admin
from tests.clients.harness import Finished, JobServer, Program, Programs

SCRIPTS = Path(__file__).parent

# What a client that observes the function "chatty" sees of it.
CHATTY = [
    "data part one",
    "warning careful",
    "status 1/4",
    "data part two",
    "status 3/4",
    "complete all done",
]


@dataclass(frozen=True)
class Language:
    """How to run this language's script "client", "worker", ..."""

    interpreter: tuple[str, ...]
    folder: Path
    suffix: str

    def command(self, name: str) -> list[str]:
        return [*self.interpreter, str(self.folder / f"{name}{self.suffix}")]


class Scripts:
    """One language's scripts bound to one server."""

    def __init__(self, language: Language, server: JobServer, programs: Programs, admin: Admin) -> None:
        self._language = language
        self._server = server
        self._programs = programs
        self._admin = admin

    def run(
        self, name: str, *arguments: str, stdin: bytes | None = None, env: dict[str, str] | None = None
    ) -> Finished:
        """Run any script of the language to its end."""
        return self._programs.run(self._command(name, *arguments), stdin, env)

    def client(self, *arguments: str, stdin: bytes | None = None) -> list[str]:
        """The lines of a client that has nothing to complain about."""
        return self.finished(*arguments, stdin=stdin).lines

    def output(self, *arguments: str, stdin: bytes | None = None) -> bytes:
        """The bytes of a client that has nothing to complain about."""
        return self.finished(*arguments, stdin=stdin).out

    def finished(self, *arguments: str, stdin: bytes | None = None) -> Finished:
        finished = self.run("client", *arguments, stdin=stdin)
        assert (finished.status, finished.err) == (0, b"")
        return finished

    def start_client(self, *arguments: str) -> Program:
        return self._programs.start(self._command("client", *arguments))

    def worker(self, *functions: str, env: dict[str, str] | None = None) -> Program:
        """Start a worker that never ends and wait until the server knows all its functions."""
        worker = self.start_worker(*functions, env=env)
        for function in functions:
            self._admin.wait_for(function.partition("/")[0], workers=1)
        return worker

    def start_worker(self, *functions: str, env: dict[str, str] | None = None) -> Program:
        return self._programs.start(self._command("worker", "0", *functions), env=env)

    def worker_done(self, jobs: int, *functions: str, env: dict[str, str] | None = None) -> list[str]:
        """The lines of a worker that ends after so many jobs, which wait already."""
        finished = self.run("worker", str(jobs), *functions, env=env)
        assert (finished.status, finished.err) == (0, b"")
        return finished.lines

    def _command(self, name: str, *arguments: str) -> list[str]:
        return [*self._language.command(name), *self._server.address, *arguments]
