"""What must hold whatever the rules are, judged from the traffic alone: nothing here asks the model.

No accepted job is lost or run by two workers at once, and every attached client gets one final packet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.core.cutting import cut
from tests.core.effects import DROPPED, LEASE_OVER, TIMED_OUT, Effect, Logged, Peer, Sent
from tests.protocol import wire

FOREGROUND = (wire.SUBMIT_JOB, wire.SUBMIT_JOB_HIGH, wire.SUBMIT_JOB_LOW, wire.SUBMIT_REDUCE_JOB)
ASSIGNMENTS = (wire.JOB_ASSIGN, wire.JOB_ASSIGN_UNIQ, wire.JOB_ASSIGN_ALL)
FINALS = (wire.WORK_COMPLETE, wire.WORK_FAIL, wire.WORK_EXCEPTION)


@dataclass
class Account:
    """One job that was accepted and is not known to have ended."""

    function: bytes
    background: bool = False
    clients: Counter[Peer] = field(default_factory=Counter)
    worker: Peer | None = None
    may_end: bool = False  # something happened that ends it

    @property
    def abandoned(self) -> bool:
        return not self.background and self.clients.total() == 0 and self.worker is None


class Ledger:
    """Tell it what is said (`packet`, `line`, `gone`), then what came of it (`effects`, `listed`)."""

    def __init__(self) -> None:
        self.accounts: dict[bytes, Account] = {}
        self._submitted = b""  # the function of the submit being answered
        self._foreground = False

    def packet(self, peer: Peer, kind: int, body: bytes) -> None:
        args = cut(kind, body).args
        self._submitted, self._foreground = args[0], kind in FOREGROUND
        if kind == wire.CANT_DO:
            self._release(peer, args[0])
        elif kind == wire.RESET_ABILITIES:
            self._release(peer)
        elif kind in FINALS:
            account = self.accounts.get(args[0].split(b"\0")[0])
            if account is not None and account.worker == peer:
                account.may_end = True

    def line(self, text: bytes) -> None:
        words = text.split()
        if words[:2] == [b"cancel", b"job"] and words[2] in self.accounts:
            self.accounts[words[2]].may_end = True
        elif words[:2] == [b"drop", b"function"]:
            for account in self.accounts.values():
                if account.function.lower() == words[2].lower() and account.worker is None:
                    account.may_end = True

    def gone(self, peer: Peer) -> None:
        for account in self.accounts.values():
            del account.clients[peer]
        self._release(peer)

    def _release(self, worker: Peer, function: bytes | None = None) -> None:
        for account in self.accounts.values():
            if account.worker == worker and function in (None, account.function):
                account.worker = None

    def effects(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Logged):
                self._logged(effect.text)
        for peer, packet in _packets(effects):
            if packet.kind == wire.JOB_CREATED:
                self._accepted(peer, packet.body)
            elif packet.kind in ASSIGNMENTS:
                self._assigned(peer, *packet.args[:2])
            elif packet.kind in FINALS:
                clients = self.accounts[packet.args[0]].clients
                clients[peer] -= 1
                assert clients[peer] >= 0, "more final packets than submits"

    def _logged(self, text: bytes) -> None:
        if text.startswith((TIMED_OUT, LEASE_OVER)):
            handle = text.removeprefix(TIMED_OUT).removeprefix(LEASE_OVER).split(b" ")[0]
            self.accounts[handle].worker = None
        elif text.startswith(DROPPED):
            self.accounts[text.removeprefix(DROPPED).split(b" ")[0]].may_end = True

    def _accepted(self, peer: Peer, handle: bytes) -> None:
        account = self.accounts.setdefault(handle, Account(self._submitted))
        if self._foreground:
            account.clients[peer] += 1
        else:
            account.background = True

    def _assigned(self, peer: Peer, handle: bytes, function: bytes) -> None:
        account = self.accounts[handle]
        assert account.worker is None, "a second worker got the job"
        assert not account.abandoned, "a job that nobody wants was handed out"
        assert account.function == function
        account.worker = peer

    def listed(self, handles: set[bytes]) -> None:
        """These jobs the server has now; the others have ended, and there must be a reason."""
        assert handles <= set(self.accounts), "a job that nobody submitted"
        for handle in set(self.accounts) - handles:
            ended = self.accounts.pop(handle)
            assert ended.may_end or ended.abandoned, f"job {handle!r} was lost"
            assert ended.clients.total() == 0, f"a client of {handle!r} got no final packet"
        for account in self.accounts.values():
            assert not account.abandoned, "a job that nobody wants is kept"
            assert not account.may_end or account.worker is None, "a job that has ended is kept"
            account.may_end = False


def _packets(effects: list[Effect]) -> Iterator[tuple[Peer, wire.Packet]]:
    for effect in effects:
        if isinstance(effect, Sent) and effect.data.startswith(wire.RESPONSE):
            packet = wire.first_packet(effect.data)
            assert packet is not None
            yield effect.peer, packet
