"""What a client asks of a server and one answer settles: everything but jobs, which are in `jobs`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from gearfast.client.bulk import RequestFields
from gearfast.errors import GearfastError, RefusedError
from gearfast.protocol.codec import pack
from gearfast.protocol.names import checked, number
from gearfast.protocol.packets import (
    ECHO_REQ,
    ECHO_RES,
    ERROR,
    GET_STATUS,
    GET_STATUS_UNIQUE,
    HANDLE_MAX,
    OPTION_REQ,
    OPTION_RES,
    STATUS_RES,
    STATUS_RES_UNIQUE,
    TEXT_LINE,
    UNIQUE_MAX,
)

if TYPE_CHECKING:
    from gearfast.client.link import ClientLink


class JobStatus(NamedTuple):
    """What a server knows of a job: progress is `numerator` of `denominator`, zeros until a worker says.

    `clients` is how many wait for it; None when the question was by handle, which does not tell.
    """

    known: bool
    running: bool
    numerator: int
    denominator: int
    clients: int | None = None


class Request(RequestFields):
    """One packet that one answer settles.

    `home` is the only server it may go to; None: any. `place_by` is when there must be a server for it, on
    the monotonic clock.
    """

    __slots__ = ()

    def __init__(self, packet: bytes, home: ClientLink | None = None) -> None:
        self.packet = packet
        self.home = home
        self.settled = False
        self.error = None
        self.place_by = float("inf")
        self._waiters = None

    def answered(self, link: ClientLink, kind: int, arguments: tuple[bytes, ...]) -> bool:
        """Take the answer; false when it is none to this request."""
        raise NotImplementedError

    def failed(self, error: GearfastError) -> None:
        """There will be no answer."""
        self.error = error
        self.settled = True
        self.changed()

    def changed(self) -> None:
        """Tell those who wait for a change."""
        if self._waiters is not None:
            waiters, self._waiters = self._waiters, None
            for tell in waiters:
                tell()

    def on_change(self, tell: Callable[[], object]) -> None:
        """Have `tell` called once, after the next change."""
        if self._waiters is None:
            self._waiters = []
        self._waiters.append(tell)


class Query(Request):
    """A question; `arguments` of the answer are there once it is settled without error."""

    __slots__ = ("_answer", "arguments")

    def __init__(self, packet: bytes, answer: int, home: ClientLink | None = None) -> None:
        super().__init__(packet, home)
        self.arguments: tuple[bytes, ...] = ()
        self._answer = answer

    def answered(self, link: ClientLink, kind: int, arguments: tuple[bytes, ...]) -> bool:
        if kind == ERROR and self._answer != TEXT_LINE:
            self.failed(refusal(arguments))
            return True
        if kind != self._answer:
            return False
        self.arguments = arguments
        self.settled = True
        self.changed()
        return True


def refusal(arguments: tuple[bytes, ...]) -> RefusedError:
    """What an ERROR packet says."""
    code, text = (argument.rstrip(b"\0").decode("utf-8", "backslashreplace") for argument in arguments)
    return RefusedError(code, text)


def echo(data: bytes) -> Query:
    """ECHO_REQ: the server sends the data back."""
    return Query(pack(True, ECHO_REQ, data), ECHO_RES)


def exceptions() -> Query:
    """OPTION_REQ: have WORK_EXCEPTION sent to this connection."""
    return Query(pack(True, OPTION_REQ, b"exceptions"), OPTION_RES)


def status(handle: str | bytes, home: ClientLink) -> Query:
    """GET_STATUS."""
    return Query(pack(True, GET_STATUS, checked(handle, "handle", HANDLE_MAX)), STATUS_RES, home)


def status_by_unique(unique: str | bytes, home: ClientLink) -> Query:
    """GET_STATUS_UNIQUE."""
    return Query(
        pack(True, GET_STATUS_UNIQUE, checked(unique, "unique", UNIQUE_MAX)), STATUS_RES_UNIQUE, home
    )


def cancel(handle: str | bytes, home: ClientLink) -> Query:
    """The text command `cancel job`, which is answered in its turn among packets."""
    name = checked(handle, "handle", HANDLE_MAX)
    if b"\n" in name:
        raise ValueError(f"a handle can't hold a line end: {handle!r}")
    return Query(b"cancel job " + name + b"\r\n", TEXT_LINE, home)


def status_in(answer: Query) -> JobStatus:
    """What STATUS_RES or STATUS_RES_UNIQUE says."""
    known, running, numerator, denominator, *clients = map(number, answer.arguments[1:])
    return JobStatus(bool(known), bool(running), numerator, denominator, clients[0] if clients else None)
