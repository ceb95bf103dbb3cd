"""For tests that tell a story: peers that say things to a core, and what each of them hears."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.core.driver import Core
from tests.core.effects import Effect, Forgotten, Logged, Options, Peer, Sent, ShutdownAsked
from tests.protocol.wire import CAN_DO, CAN_DO_TIMEOUT, JOB_CREATED, PRE_SLEEP, SUBMIT_JOB_BG, res

START = 1_700_000_000_000  # the wall clock when a story begins, ms; the start of a second, not of a minute


@dataclass(eq=False)
class Actor:
    """One connection; `inbox` holds what it was sent and has not looked at."""

    stage: Stage
    peer: Peer
    inbox: list[bytes] = field(default_factory=list)

    def say(self, kind: int, *args: bytes) -> None:
        self.stage.take(self.stage.core.packet(self.peer, kind, b"\0".join(args)))

    def hear(self) -> list[bytes]:
        """Everything since the last look, a packet or a text each."""
        heard, self.inbox = self.inbox, []
        return heard

    def ask(self, kind: int, *args: bytes) -> list[bytes]:
        """Say it and hear what comes at once."""
        assert self.inbox == []
        self.say(kind, *args)
        return self.hear()

    def submit(
        self, function: bytes, unique: bytes = b"", data: bytes = b"", kind: int = SUBMIT_JOB_BG
    ) -> bytes:
        """Submit and return the handle."""
        [created] = self.ask(kind, function, unique, data)
        assert created.startswith(res(JOB_CREATED)[:8])
        return created[len(res(JOB_CREATED)) :]

    def admin(self, line: bytes) -> bytes:
        assert self.inbox == []
        self.stage.take(self.stage.core.line(self.peer, line))
        return self.inbox.pop()

    def leave(self) -> None:
        self.stage.actors.pop(self.peer.slot)
        self.stage.take(self.stage.core.gone(self.peer))


class Stage:
    """A core with its clocks, its actors by slot, and what it told nobody in particular."""

    def __init__(self, options: Options) -> None:
        self.core = Core(options)
        self.now = 0
        self.wall = START
        self.actors: dict[int, Actor] = {}
        self.forgotten: list[Peer] = []
        self.logged: list[bytes] = []
        self.shutdowns: list[bool] = []
        self.core.time(self.now, self.wall)

    def connect(self, slot: int | None = None, address: bytes = b"127.0.0.1", descriptor: int = 7) -> Actor:
        if slot is None:
            slot = min(set(range(len(self.actors) + 1)) - set(self.actors))
        actor = Actor(self, self.core.connect(slot, address, descriptor))
        self.actors[slot] = actor
        return actor

    def worker(self, *functions: bytes, timeout: bytes | None = None) -> Actor:
        """A worker registered for these, in this order."""
        worker = self.connect()
        for function in functions:
            if timeout is None:
                worker.say(CAN_DO, function)
            else:
                worker.say(CAN_DO_TIMEOUT, function, timeout)
        return worker

    def sleeper(self, *functions: bytes) -> Actor:
        """A worker that went to sleep because there was nothing to do."""
        worker = self.worker(*functions)
        assert worker.ask(PRE_SLEEP) == []
        return worker

    def pass_time(self, milliseconds: int) -> None:
        self.now += milliseconds
        self.wall += milliseconds
        self.take(self.core.time(self.now, self.wall))

    def take(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Sent):
                actor = self.actors[effect.peer.slot]
                assert actor.peer == effect.peer
                actor.inbox.append(effect.data)
            elif isinstance(effect, Forgotten):
                self.forgotten.append(effect.peer)
            elif isinstance(effect, Logged):
                self.logged.append(effect.text)
            elif isinstance(effect, ShutdownAsked):
                self.shutdowns.append(effect.graceful)


def handle(number: int) -> bytes:
    """The handle of the job made as the `number`th, from 1."""
    return b"H:t:%d" % number
