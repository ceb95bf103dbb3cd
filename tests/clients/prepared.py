"""A server with jobs and workers for the tools of administrators to look at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

from tests.clients.admin import Admin
from tests.clients.harness import Finished, JobServer, Programs
from tests.clients.servers import open_server

CONNECTIONS = 5  # two clients that wait, two workers and the test


class Prepared:
    """`busy` runs a foreground job, `idle` has a worker and nothing to do, `later` has three jobs, no worker.

    The jobs of `later` are of high, low and normal priority; a client waits for the last one.
    """

    def __init__(self, gearman: str, server: JobServer, programs: Programs, admin: Admin) -> None:
        self.server = server
        self.admin = admin
        self._programs = programs
        self._where = ["-h", server.host, "-p", str(server.port)]
        self._gearman = [gearman, *self._where]
        self._submit("busy", "-u", "run", total=1)
        self._submit("later", "-b", "-I", "-u", "urgent", total=1)
        self._submit("later", "-b", "-L", "-u", "unhurried", total=2)
        self._submit("later", "-u", "waiting", total=3)
        self._work("busy")
        self._work("idle")
        self.admin.wait_for("busy", running=1)

    def run(self, tool: Sequence[str], *arguments: str) -> Finished:
        """What the tool says of this server. The connections of earlier tools have ended by then."""
        self.admin.wait_for_connections(CONNECTIONS)
        return self._programs.run([*tool, *self._where, *arguments])

    def _submit(self, function: str, *options: str, total: int) -> None:
        self._programs.start([*self._gearman, "-f", function, *options, "x"])
        self.admin.wait_for(function, total=total)

    def _work(self, function: str) -> None:
        self._programs.start([*self._gearman, "-w", "-f", function, "--", "sleep", "1000"])
        self.admin.wait_for(function, workers=1)


@contextmanager
def prepared(gearman: str, name: str) -> Iterator[Prepared]:
    """The server of this name; it and all that was started for it end with the block."""
    with open_server(name) as server, closing(Programs()) as programs, closing(Admin(server)) as admin:
        yield Prepared(gearman, server, programs, admin)


def without_descriptors(listed: Finished) -> Finished:
    """In `workers` descriptor numbers become FD, and the lines get an order: both depend on the threads."""
    lines = re.sub(rb"(?m)^\d+ (?=127\.0\.0\.1 )", b"FD ", listed.out).splitlines(keepends=True)
    connections = sorted(line for line in lines if line.startswith(b"FD "))
    ordered = [connections.pop(0) if line.startswith(b"FD ") else line for line in lines]
    return Finished(listed.status, b"".join(ordered), listed.err)
