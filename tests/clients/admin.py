"""The server's admin port as the clock of a scenario.

Nothing sleeps to wait for readiness: a worker is ready when the server's `status` lists it.
"""

from __future__ import annotations

import select
import socket
import struct
import time
from collections.abc import Callable

from tests.clients.harness import LIMIT_SECONDS, JobServer

POLL_SECONDS = 0.005
GET_STATUS_UNIQUE = 41


class Admin:
    """One connection that speaks the text protocol."""

    def __init__(self, server: JobServer) -> None:
        self._socket = socket.create_connection((server.host, server.port), LIMIT_SECONDS)
        self._reader = self._socket.makefile("rb")

    def line(self, command: str) -> str:
        """The single reply line of `command`, with its line end."""
        self._socket.sendall(command.encode() + b"\r\n")
        return self._reader.readline().decode()

    def listing(self, command: str) -> list[str]:
        """The lines of a listing, without line ends and without the closing dot."""
        line = self.line(command)
        lines = []
        while line not in (".\n", ""):
            lines.append(line.rstrip("\n"))
            line = self._reader.readline().decode()
        return lines

    def function(self, name: str) -> tuple[int, int, int]:
        """(jobs in all, jobs running, workers) of a function; zeros when the server has not heard of it."""
        for line in self.listing("status"):
            function, total, running, workers = line.split("\t")
            if function == name:
                return int(total), int(running), int(workers)
        return 0, 0, 0

    def wait_for(self, name: str, **wanted: int) -> None:
        """Poll until the function shows the wanted `total`, `running` and `workers`."""
        self._wait_until(lambda: self._differences(name, wanted))

    def wait_for_waiting(self, name: str, count: int) -> None:
        """Poll until so many jobs of normal priority can be grabbed: after a time-out, gearmand tells
        `status` and sleeping workers of it before that.
        """
        self._wait_until(lambda: self._waiting_missing(name, count))

    def wait_for_clients(self, unique: str, count: int) -> None:
        """Poll until the job with this unique has so many attached clients."""
        self._wait_until(lambda: self._clients_missing(unique, count))

    def wait_for_connections(self, count: int) -> None:
        """Poll until so many connections are open, this one included."""
        self._wait_until(lambda: self._connections_missing(count))

    def _connections_missing(self, count: int) -> str:
        listed = self.listing("workers")
        return "" if len(listed) == count else f"wanted {count} connections, still {listed}"

    def _differences(self, name: str, wanted: dict[str, int]) -> str:
        shown = dict(zip(("total", "running", "workers"), self.function(name), strict=True))
        differs = {key: shown[key] for key, value in wanted.items() if shown[key] != value}
        return f"{name}: wanted {wanted}, still {differs}" if differs else ""

    def _waiting_missing(self, name: str, count: int) -> str:
        lines = [line.split("\t") for line in self.listing("prioritystatus")]
        shown = sum(int(line[2]) for line in lines if line[0] == name)
        return "" if shown == count else f"{name}: wanted {count} waiting, still {shown}"

    def _clients_missing(self, unique: str, count: int) -> str:
        attached = self._attached_clients(unique)
        return "" if attached == count else f"{unique}: wanted {count} clients, still {attached}"

    def _attached_clients(self, unique: str) -> int:
        self._socket.sendall(b"\0REQ" + struct.pack(">II", GET_STATUS_UNIQUE, len(unique)) + unique.encode())
        size = int.from_bytes(self._reader.read(12)[8:], "big")
        return int(self._reader.read(size).rpartition(b"\0")[2])

    def _wait_until(self, obstacle: Callable[[], str]) -> None:
        """Ask until `obstacle` returns "", and fail with its last answer when time is up."""
        deadline = time.monotonic() + LIMIT_SECONDS
        while reason := obstacle():
            if time.monotonic() > deadline:
                raise AssertionError(reason)
            self._pause()

    def _pause(self) -> None:
        """Pace the questions. Between them the server has nothing to say: readable means it hung up."""
        readable, _, _ = select.select([self._socket], [], [], POLL_SECONDS)
        assert not readable, "the server closed the admin connection"

    def close(self) -> None:
        self._reader.close()
        self._socket.close()
