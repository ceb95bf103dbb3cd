"""Which server a job goes to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar
from zlib import crc32

T = TypeVar("T")
Policy = Callable[[Sequence[T], bytes], Sequence[T]]
"""From the servers and a job's unique key to the servers in the order in which they are to be tried."""


def failover(servers: Sequence[T], unique: bytes) -> Sequence[T]:
    """The first one that works."""
    return servers


class RoundRobin:
    """Each in turn."""

    def __init__(self) -> None:
        self._turn = -1

    def __call__(self, servers: Sequence[T], unique: bytes) -> Sequence[T]:
        self._turn = (self._turn + 1) % len(servers)
        return [*servers[self._turn :], *servers[: self._turn]]


class ByUnique:
    """The same unique key always to the same server, so that equal jobs coalesce; jobs without one in turn.

    Servers are ranked by a hash of key and position: when one is away only its keys move.
    """

    def __init__(self) -> None:
        self._others = RoundRobin()

    def __call__(self, servers: Sequence[T], unique: bytes) -> Sequence[T]:
        if not unique:
            return self._others(servers, unique)
        ranks = {place: crc32(unique, crc32(b"%d" % place)) for place in range(len(servers))}
        return [servers[place] for place in sorted(ranks, key=ranks.__getitem__)]


def policy_of(choice: str) -> Policy[T]:
    """`failover`, `round-robin` or `unique`. Raises ValueError for another word."""
    if choice == "failover":
        return failover
    if choice == "round-robin":
        return RoundRobin()
    if choice == "unique":
        return ByUnique()
    raise ValueError(f"servers can't be chosen by {choice!r}, only by failover, round-robin or unique")
