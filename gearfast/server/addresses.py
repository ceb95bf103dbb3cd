"""What --listen and --port mean: the addresses to open."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from gearfast.server.errors import ExitCode, ServerError

UNIX_PREFIX = "unix:"
MOST_ADDRESSES = 64  # as many as the engine takes


@dataclass(frozen=True)
class Address:
    """One place to listen. `host` is the path for a Unix socket, whose port is None.

    `one_of_many` marks a name that stands for several addresses, of which the machine may lack some.
    """

    family: socket.AddressFamily
    host: str
    port: int | None = None
    scope: int = 0
    one_of_many: bool = field(default=False, compare=False)

    @property
    def is_unix(self) -> bool:
        return self.family == socket.AF_UNIX

    @property
    def for_bind(self) -> str | tuple[str, int | None] | tuple[str, int | None, int, int]:
        """The address as bind(2) wants it."""
        if self.is_unix:
            return self.host
        if self.family == socket.AF_INET6:
            return self.host, self.port, 0, self.scope
        return self.host, self.port

    def with_port(self, port: int) -> Address:
        return replace(self, port=port)

    def __str__(self) -> str:
        if self.is_unix:
            return UNIX_PREFIX + self.host
        host = f"[{self.host}]" if self.family == socket.AF_INET6 else self.host
        return f"{host}:{self.port}"


def resolve(listen: Sequence[str], port: int) -> list[Address]:
    """The addresses to open, each once, those with a port first; no `listen` means all of the machine's."""
    paths = [text for text in listen if text.startswith(UNIX_PREFIX)]
    hosts: list[str | None] = [text for text in listen if text not in paths]
    if not listen:
        hosts = [None]
    addresses = [address for host in hosts for address in _lookup(host, port)]
    addresses += [Address(socket.AF_UNIX, path.removeprefix(UNIX_PREFIX)) for path in paths]
    unique = list(dict.fromkeys(addresses))
    if len(unique) > MOST_ADDRESSES:
        text = f"--listen stands for {len(unique)} addresses, more than {MOST_ADDRESSES}; leave some out."
        raise ServerError(ExitCode.USAGE, text)
    return unique


def _lookup(host: str | None, port: int) -> list[Address]:
    bare = host[1:-1] if host and host.startswith("[") and host.endswith("]") else host
    try:
        found = socket.getaddrinfo(bare, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a host name"
        text = f"--listen {host}: {reason}; give a host name, an address, [IPv6 address] or unix:/path."
        raise ServerError(ExitCode.NO_HOST, text) from None
    several = len(found) > 1
    return [
        Address(family, str(sockaddr[0]), port, int(sockaddr[3]) if len(sockaddr) == 4 else 0, several)
        for family, _, _, _, sockaddr in found
    ]
