"""The load as a whole: several processes of peers against one server, and the check of all promises."""

from __future__ import annotations

import os
import pickle
import select
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from time import monotonic
from typing import IO

from tests.protocol.peer import Peer
from tests.support.child import ROOT, environment
from tests.support.load.ledger import Ledger, broken_promises, merge
from tests.support.load.party import FUNCTIONS
from tests.support.patience import PATIENCE_SECONDS

PARTIES = 2
MOST_SHOWN = 20


class PartyProcess:
    """One process of the load."""

    def __init__(self, port: int, seconds: float, number: int, seed: int) -> None:
        command = [sys.executable, "-W", "error", "-m", "tests.support.load.party"]
        self._ends_at = monotonic() + seconds
        self._process = subprocess.Popen(
            [*command, str(port), str(seconds), str(number), str(seed)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(has_native_code=False),
            cwd=ROOT,
        )

    def wait_until_quiet(self) -> None:
        """Until its clients have all they waited for; fails when they wait in vain."""
        patience = self._ends_at - monotonic() + PATIENCE_SECONDS
        readable, _, _ = select.select([self._output], [], [], patience)
        assert readable, "clients of the load still wait"
        line = self._output.readline()
        assert line == b"quiet\n", f"a party of the load said {line!r}"

    def finish(self) -> Ledger:
        """Its workers may end: no job is left."""
        output, _ = self._process.communicate(b"\n")
        assert self._process.returncode == 0
        ledger = pickle.loads(output)
        assert isinstance(ledger, Ledger)
        return ledger

    def kill(self) -> None:
        """If it still runs; it is no error if it does not."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

    @property
    def _output(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout


class Load:
    """A load that runs; `finish` ends it and checks that everything was done as promised."""

    def __init__(self, port: int, parties: list[PartyProcess]) -> None:
        self._port, self._parties = port, parties

    def finish(self) -> Counter[str]:
        """Waits for the end; returns how often what was done."""
        for party in self._parties:
            with showing_status(self._port):
                party.wait_until_quiet()
        wait_until_empty(self._port)
        ledger = merge([party.finish() for party in self._parties])
        broken = list(broken_promises(ledger))
        assert not broken, "\n".join([f"{len(broken)} broken promises:", *broken[:MOST_SHOWN]])
        return ledger.counts


@contextmanager
def running_load(
    port: int, seconds: float, parties: int = PARTIES, seed: int | None = None
) -> Iterator[Load]:
    """Start the load; leaving the block without `finish` kills it."""
    seed = int.from_bytes(os.urandom(3), "big") if seed is None else seed
    print(f"load of {seconds:g} s with seed {seed}", flush=True)
    with ExitStack() as stack:
        processes = []
        for number in range(parties):
            processes.append(PartyProcess(port, seconds, number, seed))
            stack.callback(processes[-1].kill)
        yield Load(port, processes)


@contextmanager
def showing_status(port: int) -> Iterator[None]:
    """An error shows what the server had to do at the time."""
    try:
        yield
    except AssertionError as error:
        with Peer(port) as admin:
            raise AssertionError(f"{error}:\n{admin.ask_table(b'status').decode()}") from error


def wait_until_empty(port: int) -> None:
    """Until the load's functions have no job; fails when nothing moves any more."""
    with Peer(port) as admin:
        before, since = b"", monotonic()
        while any(jobs_by_function(status := admin.ask_table(b"status"))[name] for name in FUNCTIONS):
            if status != before:
                before, since = status, monotonic()
            assert monotonic() - since < PATIENCE_SECONDS, f"these jobs do not move:\n{status.decode()}"


def jobs_by_function(status: bytes) -> dict[bytes, int]:
    """How many jobs of each function a `status` listing shows."""
    rows = (row.split(b"\t") for row in status.splitlines()[:-1])
    return {name: int(total) for name, total, *_ in rows}
