"""The whole server and the model of tests/core side by side, one step at a time."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

from tests.core.effects import Counts, Effect, Logged, Options, Peer, Sent
from tests.core.pair import OBSERVER, Pair
from tests.stress.served_core import UNSEEN, ServedCore
from tests.support.patience import eventually

LISTINGS = (b"status", b"prioritystatus", b"workers")


class ServedPair(Pair):
    """Nothing here waits for time to pass, and nothing depends on it: see ServedMachine."""

    core: Any

    def __init__(self, options: Options, threads: int) -> None:
        super().__init__(options, ServedCore(options, threads))

    def connect(self, slot: int) -> None:
        self.peers[slot] = self.core.connect(slot)
        self.model.connect(self.peers[slot], b"127.0.0.1", 0)

    def pass_time(self, milliseconds: int) -> None:
        pass

    def _agree(self, core: list[Effect], model: list[Effect]) -> list[Effect]:
        """Between peers there is no order to be seen, and what is logged comes when it comes."""
        assert by_peer(core) == by_peer(model)
        logged: list[Effect] = [effect for effect in model if isinstance(effect, Logged)]
        self.ledger.effects([*logged, *core])
        return core

    def check(self) -> None:
        eventually(self.core.counts, self._modelled_counts().__eq__, f"the counts {self._modelled_counts()}")
        self._check_sleepers()
        for listing in LISTINGS:
            self.line(OBSERVER, listing)
        [told] = self.line(OBSERVER, b"show jobs")
        assert isinstance(told, Sent)
        self.ledger.listed({line.split(b"\t")[0] for line in told.data.splitlines()[:-1]})

    def _modelled_counts(self) -> Counts:
        return replace(self.model.counts(), **UNSEEN)

    def drain(self) -> None:
        self._finish_running()
        self._finish_waiting()
        assert self.ledger.accounts == {}
        self._forget_functions()
        self.gone(OBSERVER)


def by_peer(effects: list[Effect]) -> dict[Peer, list[bytes]]:
    heard = defaultdict(list)
    for effect in effects:
        if isinstance(effect, Sent):
            heard[effect.peer].append(unordered(effect.data))
    return heard


def unordered(text: bytes) -> bytes:
    """A listing of workers without descriptors and in any order: both depend on who accepted them."""
    rows = text.splitlines(keepends=True)
    if rows[-1:] != [b".\n"] or not all(b" 127.0.0.1 " in row for row in rows[:-1]):
        return text
    return b"".join(sorted(row.partition(b" ")[2] for row in rows[:-1]))
