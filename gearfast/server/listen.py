"""Opening the listening sockets."""

from __future__ import annotations

import errno
import os
import socket
import stat
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

from gearfast.server.addresses import Address
from gearfast.server.errors import ExitCode, ServerError
from gearfast.server.logs import logger

RETRY_DELAYS = (1.0, 2.0, 4.0, 6.0, 9.0)
FREE_PORT_ATTEMPTS = 20
# Seconds of silence before a probe, seconds between probes, probes; -1 leaves the system's.
KeepAlive = tuple[int, int, int]
KEEPALIVE_OPTIONS = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
NOT_HERE = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


class Listeners:
    """The open sockets. Leaving the block closes them and removes the paths of Unix sockets."""

    def __init__(self) -> None:
        self._sockets: list[socket.socket] = []
        self.addresses: list[Address] = []

    def __enter__(self) -> Listeners:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()
        for address in self.addresses:
            # By now another server may listen at the path of a Unix socket.
            with suppress(OSError, ServerError):
                _remove_stale(address)

    @property
    def port(self) -> int | None:
        """The TCP port, None when there are only Unix sockets."""
        return next((address.port for address in self.addresses), None)

    def filenos(self) -> list[int]:
        """The descriptors of the sockets."""
        return [opened.fileno() for opened in self._sockets]

    def add(self, address: Address, opened: socket.socket) -> Address:
        """Take over a socket; returns its address, with the real port."""
        self._sockets.append(opened)
        if not address.is_unix:
            address = address.with_port(opened.getsockname()[1])
        self.addresses.append(address)
        return address

    def close(self) -> None:
        """Close the sockets; what was duplicated from them goes on listening."""
        while self._sockets:
            self._sockets.pop().close()


class AddressInUse(ServerError):  # noqa: N818 - the state of the address
    """Another server listens there."""


@dataclass(frozen=True)
class Opener:
    """How sockets are opened.

    `keepalive` is idle time and interval in seconds and count, -1 for the system's; None is off. An address
    in use is tried again after each of the `delays`, in seconds, so that a restart succeeds while the old
    server still goes.
    """

    backlog: int
    keepalive: KeepAlive | None = None
    delays: tuple[float, ...] = RETRY_DELAYS
    sleep: Callable[[float], None] = time.sleep

    def open_all(self, addresses: Sequence[Address]) -> Listeners:
        """Listen on all addresses; those with port 0 get one free port together.

        Raises ServerError when one cannot be opened.
        """
        if addresses[0].port != 0:
            return self._open_set(addresses)
        impatient = replace(self, delays=())
        for _ in range(FREE_PORT_ATTEMPTS):
            with suppress(AddressInUse):
                return impatient._open_set(addresses)
        return impatient._open_set(addresses)

    def _open_set(self, addresses: Sequence[Address]) -> Listeners:
        with ExitStack() as undo:
            listeners = undo.enter_context(Listeners())
            for address in addresses:
                if address.port == 0 and listeners.port is not None:
                    address = address.with_port(listeners.port)
                try:
                    listeners.add(address, self._open_patiently(address))
                except OSError as error:
                    absent = _explain(address, error)
                    if not (address.one_of_many and error.errno in NOT_HERE):
                        raise absent from None
                    logger.warning("Not listening on %s: %s", address, error.strerror)
            if not listeners.addresses:
                raise absent
            undo.pop_all()
        return listeners

    def _open_patiently(self, address: Address) -> socket.socket:
        for delay in self.delays:
            try:
                return self._open_one(address)
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
            logger.warning("%s is in use; trying again in %g s", address, delay)
            self.sleep(delay)
        return self._open_one(address)

    def _open_one(self, address: Address) -> socket.socket:
        with ExitStack() as undo:
            opened = undo.enter_context(socket.socket(address.family, socket.SOCK_STREAM))
            _remove_stale(address)
            if not address.is_unix:
                _set_tcp_options(opened, self.keepalive)
            if address.family == socket.AF_INET6:
                opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            opened.bind(address.for_bind)
            opened.listen(self.backlog)
            opened.setblocking(False)
            undo.pop_all()
        return opened


def _set_tcp_options(opened: socket.socket, keepalive: KeepAlive | None) -> None:
    """Accepted connections inherit these, so that accepting costs one system call."""
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if keepalive is None:
        return
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in zip(KEEPALIVE_OPTIONS, keepalive, strict=True):
        if value >= 0:
            opened.setsockopt(socket.IPPROTO_TCP, option, value)


def _remove_stale(address: Address) -> None:
    """Remove the Unix socket of a server that is gone; raises OSError(EADDRINUSE) if one listens there."""
    if not address.is_unix:
        return
    path = Path(address.host)
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        text = f"{address}: the file exists and is no socket; remove it or choose another path."
        raise ServerError(ExitCode.CANNOT_CREATE, text)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        result = probe.connect_ex(address.host)
    if result != errno.ECONNREFUSED:
        raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
    path.unlink()


def _explain(address: Address, error: OSError) -> ServerError:
    reason = error.strerror or str(error)
    if error.errno == errno.EADDRINUSE:
        text = f"{address} is in use; stop the server there, or choose another --port or --listen."
        return AddressInUse(ExitCode.UNAVAILABLE, text)
    if address.is_unix:
        return ServerError(ExitCode.CANNOT_CREATE, f"{address}: {reason}.")
    if error.errno in NOT_HERE:
        text = f"{address} is no address of this machine; choose another --listen."
        return ServerError(ExitCode.UNAVAILABLE, text)
    if error.errno == errno.EACCES:
        text = f"{address}: {reason}; ports below 1024 need root (see --user) or CAP_NET_BIND_SERVICE."
        return ServerError(ExitCode.NO_PERMISSION, text)
    return ServerError(ExitCode.OS_ERROR, f"{address}: {reason}.")
