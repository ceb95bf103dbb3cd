"""The core, the model and the ledger side by side: the same events for all, and every effect compared."""

from __future__ import annotations

from typing import Any

from tests.core.driver import Core
from tests.core.effects import (
    ACCEPTED,
    AUTO,
    DROPPED,
    LEASE_OVER,
    NONE,
    SYNC,
    TIMED_OUT,
    Closed,
    Effect,
    Forgotten,
    Logged,
    Options,
    Paused,
    Peer,
    Resumed,
    Sent,
    ShutdownAsked,
)
from tests.core.kept import Kept, row_of
from tests.core.ledger import Ledger
from tests.core.model import Model
from tests.core.rules.keeping import key_in_store
from tests.core.rules.submits import Submit
from tests.core.rules.world import Connection, Rest, World
from tests.protocol.wire import (
    CAN_DO,
    CAN_DO_TIMEOUT,
    GET_STATUS,
    GRAB_JOB,
    JOB_ASSIGN,
    NO_JOB,
    RESET_ABILITIES,
    WORK_COMPLETE,
    first_packet,
    res,
)

WALL = 1_700_000_000_000  # ms; the start of a second, not of a minute
LONG = 48 * 3600 * 1000  # ms; after that every job of a run is due
OBSERVER = 90  # the slot of a connection that only looks on


class Pair:
    """Tells all the same and compares what they do. Peers are named by slot."""

    def __init__(self, options: Options, core: Any = None) -> None:
        self.core = core or Core(options)
        self.model = Model(options)
        self.ledger = Ledger()
        # The ledger expects answers at once.
        self.is_audited = options.durability != SYNC and not options.reading
        self.kept = Kept()
        self.is_blurred = options.reading  # who learned what in its sleep: what is said may happen later
        self.leaving: set[int] = set()  # slots whose connection has gone and is not forgotten
        self.peers: dict[int, Peer] = {}
        self.learners: set[Peer] = set()  # said CAN_DO while they slept
        self.now = 0
        self.pass_time(0)
        self.connect(OBSERVER)

    @property
    def world(self) -> World:
        return self.model.world

    def connection(self, slot: int) -> Connection:
        """As the model sees it."""
        return self.world.connections[self.peers[slot]]

    def slots(self) -> list[int]:
        """Of the connections that take part."""
        return sorted(set(self.peers) - {OBSERVER})

    # Events

    def connect(self, slot: int) -> None:
        address, descriptor = b"10.0.0.%d" % slot, 100 + slot
        self.peers[slot] = self.core.connect(slot, address, descriptor)
        self.model.connect(self.peers[slot], address, descriptor)

    def packet(self, slot: int, kind: int, *args: bytes) -> list[Effect]:
        peer, body = self.peers[slot], b"\0".join(args)
        if kind in (CAN_DO, CAN_DO_TIMEOUT) and self.connection(slot).rest is Rest.ASLEEP:
            self.learners.add(peer)
        if self.is_audited:
            self.ledger.packet(peer, kind, body)
        self.weigh()
        effects = _ruled(self.core.packet(peer, kind, body))
        return self._agree(effects, self.model.packet(peer, kind, body, effects, self.core.job_room))

    def line(self, slot: int, text: bytes) -> list[Effect]:
        peer = self.peers[slot]
        if self.is_audited:
            self.ledger.line(text)
        self.weigh()
        effects = _ruled(self.core.line(peer, text))
        return self._agree(effects, self.model.line(peer, text, effects))

    def gone(self, slot: int) -> None:
        peer = self.peers.pop(slot)
        self.leaving.add(slot)
        if self.is_audited:
            self.ledger.gone(peer)
        effects = _ruled(self.core.gone(peer))
        self._agree(effects, self.model.gone(peer, effects))

    def pass_time(self, milliseconds: int) -> None:
        self.now += milliseconds
        effects = _ruled(self.core.time(self.now, WALL + self.now))
        self._agree(effects, self.model.time(self.now, WALL + self.now, effects))

    def weigh(self) -> None:
        if self.world.options.memory_limit:
            self.world.memory = self.core.memory()

    def _agree(self, core: list[Effect], model: list[Effect]) -> list[Effect]:
        """What is logged may be logged sooner or later than what is sent."""
        for kinds in (Logged, (Sent, Forgotten, ShutdownAsked, Paused, Resumed, Closed)):
            assert [e for e in core if isinstance(e, kinds)] == [e for e in model if isinstance(e, kinds)]
        # Jobs that one event ends may end in any order.
        assert sorted(self.core.records) == sorted(self.world.records)
        self.leaving -= {effect.peer.slot for effect in core if isinstance(effect, Forgotten)}
        if self.is_audited:
            self.ledger.effects(core)
        self.kept.tell(self.core.records)
        return core

    # The store

    @property
    def uncommitted(self) -> int:
        return self.world.mark - self.world.committed

    def commit(self, count: int) -> None:
        self.kept.commit(count)
        effects = self.core.commit(count)
        self._agree(effects, self.model.commit(count, effects))

    def fail_store(self, trouble: bytes) -> None:
        effects = _ruled(self.core.fail_store(trouble))
        self._agree(effects, self.model.fail_store(trouble, effects))

    def recover_store(self) -> None:
        self._agree(self.core.recover_store(), self.model.recover_store())

    def restore(self, kept: Submit, key: bytes | None) -> None:
        if self.world.options.durability != NONE:
            name = kept.unique if key is None else key
            self.kept.rows[row_of(name, kept.function, 0)] = 0
        effects = self.core.restore(
            kept.function,
            kept.unique,
            kept.data,
            key=key,
            priority=kept.priority,
            when=kept.due,
            reducer=kept.reducer,
        )
        kept.size = self.core.job_room
        self._agree(effects, self.model.restore(kept, key, effects))

    def all_restored(self) -> None:
        effects = _ruled(self.core.all_restored())
        self._agree(effects, self.model.all_restored(effects))

    def settle(self) -> None:
        """The store works, has been read, and has committed everything."""
        if self.world.trouble is not None:
            self.recover_store()
        if self.world.reading:
            self.all_restored()
        if self.world.options.durability != NONE:
            self.commit(self.uncommitted)
        stored = [job for job in self.world.jobs.values() if job.stored]
        rows = {row_of(key_in_store(job), job.function.name, job.number) for job in stored}
        assert set(self.kept.rows) == (rows if self.world.options.durability != NONE else set())

    # What must hold between any two events

    def check(self) -> None:
        assert self.core.counts() == self.model.counts()
        assert self.core.patience() == self.model.patience()
        self._check_sleepers()
        self._check_jobs()
        for listing in (b"prioritystatus", b"workers", b"show store", b"show counts"):
            self.line(OBSERVER, listing)

    def _check_sleepers(self) -> None:
        """Nobody sleeps beside a job it can do, unless enough others are on their way to such jobs."""
        for who in self.world.connections.values():
            assert who.woken_for is None or who.can_do(who.woken_for)
            if who.rest is not Rest.ASLEEP:
                self.learners.discard(who.peer)
            elif self.world.options.wakeup == AUTO or not (who.peer in self.learners or self.is_blurred):
                for registration in who.registrations:
                    function = registration.function
                    assert self.world.woken_for(function) >= len(self.world.waiting(function))

    def _check_jobs(self) -> None:
        for job in self.world.jobs.values():
            self.packet(OBSERVER, GET_STATUS, self.world.handle(job))
        [told] = self.line(OBSERVER, b"show jobs")
        assert isinstance(told, Sent)
        if self.is_audited:
            self.ledger.listed({line.split(b"\t")[0] for line in told.data.splitlines()[:-1]})

    # The end

    def drain(self) -> None:
        """Let everything finish, everybody leave and every function go: nothing may be left."""
        self.settle()
        self._finish_running()
        self.pass_time(LONG)
        if self.world.options.memory_limit:
            self._send_all_away()  # else they might leave no room for the one that finishes
            self.check()
        self._finish_waiting()
        assert self.ledger.accounts == {}
        self._forget_functions()
        self.settle()
        assert self.kept.rows == {}
        self.gone(OBSERVER)
        assert self.core.counts() == self.model.counts()
        assert self.core.live_blocks() == self.core.blocks_at_rest

    def _finish_running(self) -> None:
        for slot in self.slots():
            for job in list(self.connection(slot).running):
                self.packet(slot, WORK_COMPLETE, self.world.handle(job), b"")
                self.check()

    def _finish_waiting(self) -> None:
        for name in list(self.world.functions):
            self.packet(OBSERVER, CAN_DO, name)
        while True:
            effects = self.packet(OBSERVER, GRAB_JOB)
            assert isinstance(effects[0], Sent)
            if effects[0].data == res(NO_JOB):
                break
            packet = first_packet(effects[0].data)
            assert packet is not None
            assert packet.kind == JOB_ASSIGN
            self.packet(OBSERVER, WORK_COMPLETE, packet.args[0], b"")
            self.check()
        self.packet(OBSERVER, RESET_ABILITIES)

    def _send_all_away(self) -> None:
        for slot in self.slots():
            self.gone(slot)

    def _forget_functions(self) -> None:
        self._send_all_away()
        for name in list(self.world.functions):
            if name in self.world.functions:
                self.line(OBSERVER, b"drop function " + name)
        self.check()

    def close(self) -> None:
        self.core.close()


def _ruled(effects: list[Effect]) -> list[Effect]:
    """Without the log lines whose wording no rule gives."""
    given = (ACCEPTED, TIMED_OUT, LEASE_OVER, DROPPED)
    return [e for e in effects if not isinstance(e, Logged) or e.text.startswith(given)]
