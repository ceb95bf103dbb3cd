"""More connections than the server may have descriptors: the others wait, and waiting costs nothing."""

from __future__ import annotations

import os
from contextlib import ExitStack
from time import monotonic, sleep

from tests.protocol.peer import Peer
from tests.stress.resting import expect_rest, held
from tests.support.engine_process import EngineProcess
from tests.support.patience import eventually

FREE = 20
CONNECTIONS = 60
WATCHED_SECONDS = 1.5
# A thread that spins takes all of a core, or what others leave of it.
MOST_OF_A_CORE = 0.1


def share_of_a_core(engine: EngineProcess) -> float:
    """The native threads' processor time for a while, as a share of that while."""
    ticks, start = engine.cpu_ticks(), monotonic()
    sleep(WATCHED_SECONDS)
    elapsed = monotonic() - start
    return (engine.cpu_ticks() - ticks) / os.sysconf("SC_CLK_TCK") / elapsed


def test_connections_beyond_the_descriptor_limit_wait_in_peace(engine: EngineProcess) -> None:
    before = held(engine)
    engine.limit_descriptors(engine.descriptors() + FREE)
    with ExitStack() as stack:
        peers = [stack.enter_context(Peer(engine.port)) for _ in range(CONNECTIONS)]
        eventually(lambda: engine.counters()["connections"], FREE.__eq__, "all descriptors to be used")
        for peer in peers[:FREE]:
            peer.settle()
        assert share_of_a_core(engine) < MOST_OF_A_CORE
        for first in range(0, CONNECTIONS, FREE):
            for peer in peers[first : first + FREE]:
                peer.settle()
            for peer in peers[first : first + FREE]:
                peer.close()
    engine.limit_descriptors(4096)
    expect_rest(engine, before)
