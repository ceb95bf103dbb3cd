"""Host names become addresses, and nobody waits longer than wanted for a resolver, which may hang."""

from __future__ import annotations

import select
import socket
import threading
from typing import Any

from gearfast.links.addresses import Address
from gearfast.links.bell import Bell

Candidate = tuple[int, Any]
"""Address family and what `connect` takes."""


def known_candidates(address: Address) -> list[Candidate] | None:
    """What needs no look-up: a path, or an address in digits. None for a name."""
    if address.path:
        return [(socket.AF_UNIX, address.path)]
    try:
        return _candidates(address, socket.AI_NUMERICHOST)
    except socket.gaierror:
        return None


def _candidates(address: Address, flags: int) -> list[Candidate]:
    """In the order to try. Raises OSError when there is nothing."""
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM, flags=flags)
    except UnicodeError as error:
        raise socket.gaierror(socket.EAI_NONAME, f"no host has the name {address.host!r}: {error}") from error
    return [(family, where) for family, _, _, _, where in found]


def candidates_of(address: Address, seconds: float) -> list[Candidate]:
    """What the name stands for, in the order to try. Raises OSError when there is nothing, or not in time."""
    found = known_candidates(address)
    if found is not None:
        return found
    lookup = Lookup(address)
    try:
        lookup.wait(seconds)
    finally:
        lookup.close()
    if lookup.error is not None:
        raise lookup.error
    if not lookup.ended:
        raise TimeoutError(f"the name {address.host} was not looked up within {seconds:g} s")
    return lookup.candidates


class Lookup:
    """One look-up, in a thread of its own that nobody waits for; `fileno` becomes readable when it has ended.

    `error` says why there are no `candidates`.
    """

    def __init__(self, address: Address) -> None:
        self.candidates: list[Candidate] = []
        self.error: OSError | None = None
        self.ended = False
        self._address = address
        self._bell = Bell()
        threading.Thread(target=self._run, name=f"look up {address.host}", daemon=True).start()

    def fileno(self) -> int:
        return self._bell.fileno()

    def wait(self, seconds: float) -> None:
        """Until it has ended, but no longer than this."""
        bell = select.poll()
        bell.register(self.fileno(), select.POLLIN)
        bell.poll(1000.0 * seconds)

    def close(self) -> None:
        """Its end interests nobody any more."""
        self._bell.close()

    def _run(self) -> None:
        try:
            self.candidates = _candidates(self._address, 0)
        except OSError as error:
            self.error = error
        self.ended = True
        self._bell.ring()
