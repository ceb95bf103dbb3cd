"""A server that records, and what it recorded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gearfast.recording import Event, Kind, Recording
from tests.protocol.peer import Peer
from tests.support.gearfast_process import Gearfast, gearfast

CHURN = (Kind.CONNECT, Kind.GONE)


@contextmanager
def recording_server(folder: Path, *options: str, threads: str = "1") -> Iterator[Gearfast]:
    """Records into `folder`/jobs from the start, and on demand."""
    own = ("--record", str(folder / "jobs"), "--record-dir", str(folder), "--verbose", "NOTICE")
    with gearfast("--threads", threads, *own, *options) as server:
        yield server


def peer(server: Gearfast) -> Peer:
    return Peer(server.port)


def events(*paths: Path) -> list[Event]:
    """All of them; nothing may be damaged."""
    recording = Recording(paths)
    found = list(recording.events())
    assert recording.problems == []
    return found


def submits(found: list[Event]) -> list[Event]:
    return [event for event in found if event.kind is Kind.SUBMIT]


def told(found: list[Event], *leave_out: Kind) -> list[tuple[str, int, str, int]]:
    """Kind, detail, function and size of each event, but for those to leave out."""
    return [
        (event.kind.name, event.detail, event.function, event.size)
        for event in found
        if event.kind not in leave_out
    ]
