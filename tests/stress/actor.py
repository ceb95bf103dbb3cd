"""One random peer of the crowd: a client and a worker in one, and what it has a right to hear."""

from __future__ import annotations

import socket
from collections import Counter, deque
from dataclasses import dataclass
from typing import NamedTuple

from tests.protocol.peer import Peer
from tests.protocol.wire import (
    CAN_DO,
    CANT_DO,
    GRAB_JOB_UNIQ,
    OPTION_REQ,
    OPTION_RES,
    PRE_SLEEP,
    RESET_ABILITIES,
    SET_CLIENT_ID,
    WORK_COMPLETE,
    WORK_DATA,
    WORK_EXCEPTION,
    WORK_FAIL,
    WORK_WARNING,
    Packet,
    req,
    res,
)
from tests.support.load.link import LINGER_NONE

RESULT = b"result"


class Submit(NamedTuple):
    """What a JOB_CREATED that is still to come will be about."""

    function: bytes
    data: bytes
    background: bool


class Assigned(NamedTuple):
    """A job in this peer's hands."""

    function: bytes
    data: bytes


@dataclass
class Burst:
    """What the peer has begun since everybody was last quiet."""

    has_grabbed: bool = False
    has_gone_to_sleep: bool = False
    registered_for: tuple[bytes, ...] = ()  # when it grabbed
    errors: int = 0  # still to come


class Actor:
    """The socket and all expectations that concern only this connection."""

    def __init__(self, port: int, name: bytes, *, exceptions: bool) -> None:
        self.name = name
        self.peer = Peer(port)
        self.wants_exceptions = exceptions
        self.registered: list[bytes] = []
        self.held: dict[bytes, Assigned] = {}
        self.submitted: deque[Submit] = deque()
        self.waiting: Counter[bytes] = Counter()  # final packets to come, by handle
        self.is_asleep = False  # for sure
        self.is_woken = False  # perhaps
        self.blind: set[bytes] = set()  # functions it registered for in its sleep
        self.burst = Burst()
        self.peer.send(req(SET_CLIENT_ID, name))
        if exceptions:
            self.peer.send(req(OPTION_REQ, b"exceptions"))
            self.peer.expect(res(OPTION_RES, b"exceptions"))

    def submit(self, kind: int, unique: bytes, submit: Submit) -> None:
        self.submitted.append(submit)
        self.peer.send(req(kind, submit.function, unique, submit.data))

    def register(self, function: bytes) -> None:
        self.registered.append(function)
        if self.is_asleep:
            self.blind.add(function)
        self.peer.send(req(CAN_DO, function))

    def unregister(self, function: bytes) -> None:
        """Its running jobs of the function wait again."""
        self.registered = [name for name in self.registered if name != function]
        self.held = {handle: job for handle, job in self.held.items() if job.function != function}
        self.peer.send(req(CANT_DO, function))

    def reset(self) -> None:
        self.registered, self.held = [], {}
        self.peer.send(req(RESET_ABILITIES))

    def grab(self) -> bool:
        """Whether it did: it grabs or goes to sleep only once a burst, so that the answer can be told."""
        if self.burst.has_grabbed or self.burst.has_gone_to_sleep:
            return False
        self.burst.has_grabbed = True
        self.burst.registered_for = tuple(self.registered)
        self.is_asleep = self.is_woken = False
        self.blind.clear()
        self.peer.send(req(GRAB_JOB_UNIQ))
        return True

    def sleep(self) -> None:
        if self.burst.has_grabbed or self.burst.has_gone_to_sleep:
            return
        self.burst.has_gone_to_sleep = True
        self.is_asleep, self.is_woken = True, False
        self.blind.clear()
        self.peer.send(req(PRE_SLEEP))

    def report(self, handle: bytes) -> None:
        """Something for the clients of a job, on its way."""
        self.burst.errors += 0 if handle in self.held else 2
        self.peer.send(req(WORK_DATA, handle, b"part"), req(WORK_WARNING, handle, b"careful"))

    def finish(self, handle: bytes, kind: int) -> bool:
        """Whether the result counts: it does if this peer holds the job."""
        is_ours = self.held.pop(handle, None) is not None
        self.burst.errors += 0 if is_ours else 1
        self.peer.send(req(WORK_FAIL, handle) if kind == WORK_FAIL else req(kind, handle, RESULT))
        return is_ours

    def take_final(self, packet: Packet, kind: int) -> None:
        """`kind` is how the worker ended the job."""
        handle = packet.body.partition(b"\0")[0]
        assert self.waiting[handle] > 0, f"{packet} for {self.name!r}, which does not wait for it"
        self.waiting[handle] -= 1
        assert packet == self.final_packet(handle, kind)

    def final_packet(self, handle: bytes, kind: int) -> Packet:
        """What this peer hears of the end of a job."""
        magic = res(kind)[:4]
        if kind == WORK_FAIL or (kind == WORK_EXCEPTION and not self.wants_exceptions):
            return Packet(magic, WORK_FAIL, handle)
        assert kind in (WORK_COMPLETE, WORK_EXCEPTION)
        return Packet(magic, kind, handle + b"\0" + RESULT)

    def end_burst(self) -> None:
        """Everything due has been heard."""
        assert self.burst.errors == 0, f"{self.name!r} waits for {self.burst.errors} errors"
        assert not self.submitted, f"{self.name!r} waits for JOB_CREATED"
        self.burst = Burst()

    def leave(self, *, gracefully: bool) -> None:
        """By half closing and hearing the server out, or as if the machine had died."""
        if gracefully:
            self.peer.hang_up_sending()
            while self.peer.socket.recv(1 << 16):
                pass
        else:
            self.peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NONE)
        self.peer.close()
