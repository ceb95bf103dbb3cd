"""The two servers behind one door: every scenario names a server, this file knows how to start it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.clients.harness import JobServer
from tests.clients.requirements import require
from tests.support.gearfast_process import gearfast
from tests.support.peers import gearmand, gearmand_path

SERVERS = ["gearmand", "gearfast-t0", "gearfast-t1", "gearfast-t4"]

# For scenarios of many programs: the thread count changes nothing that the other tests would not show.
MAIN_SERVERS = ["gearmand", "gearfast-t4"]

VERBOSE = ("--verbose", "INFO")


@contextmanager
def open_server(name: str, *options: str) -> Iterator[JobServer]:
    """A running server; options are those both servers share, e.g. "--exceptions"."""
    kind, _, threads = name.partition("-t")
    if kind == "gearmand":
        require(gearmand_path() is not None, "gearmand is not installed (gearman-job-server)")
        with gearmand(*options) as peer:
            yield JobServer(kind, peer.host, peer.port, peer.pid)
    else:
        with gearfast("--threads", threads, *VERBOSE, *options) as tested:
            yield JobServer(kind, tested.host, tested.port, tested.pid)
