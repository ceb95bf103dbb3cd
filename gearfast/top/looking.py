"""Looking at all servers at once: one that does not answer holds up no other."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from gearfast.top.watched import Watched


def look_at_all(servers: Sequence[Watched]) -> None:
    """Returns when each has answered or its time is up."""
    with ThreadPoolExecutor(len(servers)) as pool:
        list(pool.map(Watched.look, servers))
