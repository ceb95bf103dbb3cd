"""What the client and worker libraries are tested against: Debian's gearmand and gearfast, in one suite."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.clients.requirements import require
from tests.protocol.flavours import GEARFAST, STARTERS, Flavour
from tests.protocol.server import PREFIX, Server
from tests.support.on_server import address as address
from tests.support.on_server import client as client
from tests.support.on_server import function as function
from tests.support.peers import gearmand_path

SERVERS = [Flavour("gearmand", 4), *(flavour for flavour in GEARFAST if flavour.threads != 1)]


@pytest.fixture(params=SERVERS, ids=str, scope="module")
def running(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server for the tests of one module."""
    flavour: Flavour = request.param
    require(flavour.name != "gearmand" or gearmand_path() is not None, "gearmand is not installed")
    options = ("--threads", str(flavour.threads), "--job-handle-prefix", PREFIX.decode())
    with STARTERS[flavour.name](*options) as process, closing(Server(flavour, process)) as server:
        yield server


@pytest.fixture
def server(running: Server) -> Iterator[Server]:
    """One test's view of the server; its connections end with the test."""
    with closing(Server(running.flavour, running.process)) as view:
        yield view
