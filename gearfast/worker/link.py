"""A worker's connection to one server: registering, grabbing, sleeping.

A link grabs only when its core tells it to, and says PRE_SLEEP when the server has no job and no grab of
its is unanswered. NOOP wakes it.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple

from gearfast.errors import ProtocolError
from gearfast.links.addresses import Address
from gearfast.links.backoff import Backoff
from gearfast.links.link import Link, State
from gearfast.protocol.codec import pack
from gearfast.protocol.names import text_of
from gearfast.protocol.packets import (
    ECHO_REQ,
    ECHO_RES,
    ERROR,
    GRAB_JOB_ALL,
    JOB_ASSIGN,
    JOB_ASSIGN_ALL,
    JOB_ASSIGN_UNIQ,
    NO_JOB,
    NOOP,
    PRE_SLEEP,
    RESET_ABILITIES,
)
from gearfast.protocol.parser import Packet

if TYPE_CHECKING:
    from gearfast.worker.core import WorkerCore

log = logging.getLogger("gearfast.worker")

_GRAB = pack(True, GRAB_JOB_ALL)
_SLEEP = pack(True, PRE_SLEEP)
_PING = pack(True, ECHO_REQ, b"")
_LEAVE = pack(True, RESET_ABILITIES) + _PING


class Assignment(NamedTuple):
    """A job as the server gave it, on the `epoch`-th connection of its link."""

    link: WorkerLink
    epoch: int
    handle: bytes
    function: bytes
    unique: bytes
    reducer: bytes
    data: bytes

    @property
    def current(self) -> bool:
        """Whether its connection is still there: on another the handle may be that of another job."""
        return self.epoch == self.link.epoch


class WorkerLink(Link):
    """`grabbing` grabs are unanswered, `pings` echoes are.

    `registered` tells whether the server has answered since it was told the tasks; `epoch` counts
    connections, up when one ends, too.
    """

    def __init__(self, core: WorkerCore, address: Address, backoff: Backoff) -> None:
        super().__init__(address, backoff)
        self.wanted = True
        self.grabbing = 0
        self.pings = 0
        self.registered = False
        self.epoch = 0
        self._core = core
        self._asleep = False
        self._dry = False

    @property
    def may_grab(self) -> bool:
        """Whether the server may have a job."""
        return self.state is State.OPEN and not self._dry

    @property
    def owed(self) -> bool:
        """Whether the server has to answer something."""
        return self.state is State.OPEN and (self.grabbing > 0 or self.pings > 0)

    def grab(self) -> None:
        """Ask for a job."""
        self.grabbing += 1
        self.output += _GRAB

    def sleep_if_dry(self) -> None:
        """Have the server say when there is a job."""
        if self._dry and not self._asleep and not self.grabbing:
            self._asleep = True
            self.output += _SLEEP

    def ping(self) -> None:
        """See whether the server is there."""
        self.pings += 1
        self.output += _PING

    def leave(self) -> None:
        """Take no more jobs. When the echo is back the server has dealt with all that was sent."""
        self.pings += 1
        self.output += _LEAVE

    def on_open(self, now: float) -> None:
        self.epoch += 1
        self.output += self._core.registration
        log.info("connected to %s", self.address)
        self._core.refill()

    def on_packets(self, packets: list[Packet], now: float) -> None:
        self.registered = True
        for kind, arguments in packets:
            if kind == JOB_ASSIGN_UNIQ:
                handle, function, unique, data = arguments
                self._assigned(handle, function, unique, b"", data)
            elif kind == JOB_ASSIGN_ALL:
                self._assigned(*arguments)
            elif kind == JOB_ASSIGN:
                handle, function, data = arguments
                self._assigned(handle, function, b"", b"", data)
            else:
                self._heard(kind, arguments)
        self._core.refill()

    def on_close(self, was_open: bool, now: float) -> None:
        self.epoch += 1
        self.grabbing = self.pings = 0
        self.registered = False
        self._asleep = self._dry = False
        news = (was_open or self.failures == 1) and not self._core.stopping
        level = logging.WARNING if news else logging.DEBUG
        log.log(level, "no connection to %s: %s", self.address, self.error)
        self._core.forget(self)

    def _assigned(self, handle: bytes, function: bytes, unique: bytes, reducer: bytes, data: bytes) -> None:
        if function not in self._core.tasks:
            raise ProtocolError(
                f"{self.address} sent a job of {text_of(function)}, which nobody registered for"
            )
        self.grabbing -= 1
        self._core.assigned(Assignment(self, self.epoch, handle, function, unique, reducer, data))

    def _heard(self, kind: int, arguments: tuple[bytes, ...]) -> None:
        if kind == NO_JOB:
            self.grabbing -= 1
            self._dry = True
        elif kind == NOOP:
            self._asleep = self._dry = False
        elif kind == ECHO_RES:
            self.pings -= 1
        elif kind == ERROR:
            # JOB_NOT_FOUND answers WORK_FAIL behind WORK_EXCEPTION, and results that came too late.
            level = logging.DEBUG if arguments[0] == b"JOB_NOT_FOUND" else logging.WARNING
            log.log(level, "%s says: %s", self.address, text_of(b" ".join(arguments)))
        else:
            raise ProtocolError(f"{self.address} sent a packet of type {kind} to a worker")
