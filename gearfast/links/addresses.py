"""Where servers are: "host", "host:port", "[IPv6]:port", "unix:/path", or a (host, port) pair."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import NamedTuple

DEFAULT_HOST = "localhost"
DEFAULT_PORT = 4730
ENVIRONMENT = ("GEARMAN_SERVERS", "GEARMAN_SERVER")

Server = str | tuple[str, int]
Servers = Server | Iterable[Server] | None


class Address(NamedTuple):
    """A server; a `path` is that of a Unix socket and leaves the other two unused."""

    host: str
    port: int
    path: str = ""

    def __str__(self) -> str:
        if self.path:
            return f"unix:{self.path}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def addresses_of(servers: Servers) -> list[Address]:
    """The servers a user names, each once; a string may name several, separated by commas.

    None stands for the environment variable GEARMAN_SERVERS, else GEARMAN_SERVER, else localhost:4730.
    Raises ValueError for an address that makes no sense, and when there is none at all.
    """
    if servers is None:
        found = [os.environ[name] for name in ENVIRONMENT if os.environ.get(name)]
        servers = found[0] if found else DEFAULT_HOST
    if isinstance(servers, str):
        words: Iterable[Server] = [word for word in servers.replace(" ", ",").split(",") if word]
    elif isinstance(servers, tuple) and len(servers) == 2 and isinstance(servers[1], int):
        words = [(servers[0], servers[1])]
    else:
        words = servers
    addresses = list(dict.fromkeys(map(parse_address, words)))
    if not addresses:
        raise ValueError("no server is named")
    return addresses


def parse_address(server: Server) -> Address:
    """One server. Raises ValueError when it makes no sense."""
    if isinstance(server, tuple):
        host, port = server
        return _checked(host, port, server)
    if server.startswith("unix:"):
        path = server.removeprefix("unix:")
        if not path:
            raise ValueError(f"no path in {server!r}")
        return Address("", 0, path)
    if server.startswith("["):
        host, bracket, rest = server[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise ValueError(f"no such address: {server!r}")
        return _checked(host, _number(rest[1:], server), server)
    if server.count(":") > 1:
        return _checked(server, DEFAULT_PORT, server)
    host, _, text = server.partition(":")
    return _checked(host or DEFAULT_HOST, _number(text, server), server)


def _number(text: str, server: str) -> int:
    if not text:
        return DEFAULT_PORT
    if not text.isdecimal():
        raise ValueError(f"no port number in {server!r}")
    return int(text)


def _checked(host: str, port: int, server: Server) -> Address:
    if not host or not 0 < port < 65536:
        raise ValueError(f"no such address: {server!r}")
    return Address(host, port)
