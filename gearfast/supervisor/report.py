"""What a process tells its supervisor."""

from __future__ import annotations

import contextlib
import threading
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

_UNREADY_SECONDS = 0.02
_READY_SECONDS = 1.0


class Tally(NamedTuple):
    """How a worker fares: whether the servers know its tasks, jobs that run, jobs done."""

    registered: bool = False
    running: int = 0
    done: int = 0


class Report(NamedTuple):
    """A tally, or why there is nothing to run."""

    tally: Tally = Tally()
    failure: str = ""


class Tallied(Protocol):
    """What can be asked from another thread how it fares."""

    @property
    def tally(self) -> Tally: ...


class Reporter:
    """While entered, a thread tells the supervisor at once that the worker is registered, then once a second
    what is new. Looking from time to time costs the jobs nothing.
    """

    def __init__(self, worker: Tallied, channel: Connection) -> None:
        self._worker = worker
        self._channel = channel
        self._told = Tally()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reporter", daemon=True)

    def __enter__(self) -> Reporter:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        """The last look comes after the end, for jobs that were done since the one before."""
        with contextlib.suppress(OSError):  # the supervisor is gone
            while True:
                ended = self._ended.wait(_READY_SECONDS if self._told.registered else _UNREADY_SECONDS)
                self._tell()
                if ended:
                    return

    def _tell(self) -> None:
        """Once registered it stays so: a server that is lost later does not make the process less ready."""
        tally = self._worker.tally
        tally = tally._replace(registered=self._told.registered or tally.registered or tally.done > 0)
        if tally != self._told:
            self._told = tally
            self._channel.send(Report(tally))
