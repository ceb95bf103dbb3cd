"""Servers that are killed, not stopped, and replaced behind a proxy whose port stays."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from tests.protocol.flavours import Flavour
from tests.protocol.server import Process
from tests.support.faulty_proxy import FaultyProxy
from tests.support.gearfast_process import gearfast
from tests.support.peers import gearmand

NOWHERE = 1
PATIENCE_SECONDS = 60.0


def mortal(flavour: Flavour) -> AbstractContextManager[Process]:
    """A server of its own that will be killed."""
    options = ("--threads", str(flavour.threads))
    return gearmand(*options) if flavour.name == "gearmand" else gearfast(*options, exit_code=-signal.SIGKILL)


@contextmanager
def lives(flavour: Flavour, seconds: float) -> Iterator[FaultyProxy]:
    """The way to a server that is killed after so many seconds and replaced by an empty one, again and again.

    Between two lives it refuses connections.
    """
    born, ended = threading.Event(), threading.Event()

    def live(proxy: FaultyProxy) -> None:
        while not ended.is_set():
            with mortal(flavour) as process:
                proxy.move(process.port)
                born.set()
                ended.wait(seconds)
                os.kill(process.pid, signal.SIGKILL)

    with FaultyProxy(NOWHERE) as proxy:
        killer = threading.Thread(target=live, args=(proxy,))
        killer.start()
        assert born.wait(PATIENCE_SECONDS)
        try:
            yield proxy
        finally:
            ended.set()
            killer.join()
