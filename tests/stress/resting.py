"""Whether a server has come to rest: no job, no descriptor and no memory is left of what went on before."""

from __future__ import annotations

from functools import partial
from typing import Protocol

from tests.protocol.peer import Peer
from tests.support.patience import eventually

# Counters that come back to where they were; the others only grow.
HELD = (
    *("connections", "peers", "functions", "registrations", "attachments", "sleeping"),
    *("jobs", "job_bytes", "blocks_live", "bytes_live"),
)
FAILURES = ("lost_effects", "lost_timeouts", "refused_connections")


class Engine(Protocol):
    """A running server whose insides can be seen."""

    threads: int
    port: int

    def counters(self) -> dict[str, int]: ...
    def descriptors(self) -> int: ...


def held(engine: Engine) -> dict[str, int]:
    """What the server holds at the moment."""
    counters = engine.counters()
    assert [counters[name] for name in FAILURES] == [0] * len(FAILURES)
    return {name: counters[name] for name in HELD} | {"descriptors": engine.descriptors()}


def expect_rest(engine: Engine, before: dict[str, int]) -> None:
    """The server gets back to what it held before; connections that are still open count as well."""
    threads = max(1, engine.threads)

    def differences() -> dict[str, tuple[int, int]]:
        visit_every_thread(engine.port, threads)
        now = held(engine)
        return {name: (before[name], now[name]) for name in now if now[name] != before[name]}

    eventually(differences, {}.__eq__, "the server to hold no more than before")


def visit_every_thread(port: int, threads: int) -> None:
    """An I/O thread takes back what others have done with when it wakes; connections are dealt in turn."""
    for _ in range(threads):
        with Peer(port) as visitor:
            visitor.settle()


def drop_functions(port: int) -> None:
    """Functions stay until they are dropped, and so would their memory."""
    with Peer(port) as admin:
        for row in admin.ask_table(b"status").splitlines()[:-1]:
            line = b"drop function " + row.partition(b"\t")[0]
            eventually(partial(admin.ask, line), b"OK\r\n".__eq__, f"{line!r} to succeed")
