"""What a test has besides its `server`: a function of its own, the address and a client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gearfast import Client
from tests.protocol.server import Server


@pytest.fixture
def function(server: Server) -> str:
    return server.fresh().decode()


@pytest.fixture
def address(server: Server) -> str:
    return f"127.0.0.1:{server.port}"


@pytest.fixture
def client(address: str) -> Iterator[Client]:
    """A client whose tests end, even when they fail."""
    with Client(address, timeout=60) as connected:
        yield connected
