"""Where a recording is replayed."""

from __future__ import annotations

import socket

from gearfast.links.addresses import parse_address

_PATIENCE_SECONDS = 10.0


def reachable(server: str) -> tuple[str, int]:
    """The first address of HOST:PORT that accepts a connection, and the port.

    Raises ValueError for what is none, OSError when none does or the name is not known.
    """
    address = parse_address(server)
    if address.path:
        raise ValueError(f"{server} is no HOST:PORT")
    with socket.create_connection((address.host, address.port), _PATIENCE_SECONDS) as found:
        host: str = found.getpeername()[0]
    return host, address.port
