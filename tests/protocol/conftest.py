"""The servers the protocol tests talk to: Debian's gearmand, and gearfast in its three thread modes.

`server` is each of them, for what gearfast keeps; `gearfast` is gearfast alone, for what it mends or
adds. Each is started once a module and option list; a test names options with the marker `options`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from tests.protocol.flavours import GEARFAST, GEARMAND, STARTERS, Flavour, Serve, Start
from tests.protocol.server import PREFIX, Process, Server


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "options(*both, gearfast=()): what every server is started with, and what gearfast alone is",
    )


@pytest.fixture(scope="module")
def start() -> Iterator[Start]:
    """Starts a server, or finds it running with the same options; all stop at the end of the module."""
    running: dict[tuple[Flavour, tuple[str, ...]], Process] = {}
    with ExitStack() as stack:

        def get(flavour: Flavour, *options: str) -> Process:
            key = (flavour, options)
            if key not in running:
                common = ("--threads", str(flavour.threads), "--job-handle-prefix", PREFIX.decode())
                running[key] = stack.enter_context(STARTERS[flavour.name](*common, *options))
            return running[key]

        yield get


@pytest.fixture
def serve(request: pytest.FixtureRequest, start: Start) -> Iterator[Serve]:
    """A test's view of the server of this flavour, with the options of the test's marker."""
    marker = request.node.get_closest_marker("options")
    both = marker.args if marker else ()
    ours = tuple(marker.kwargs.get("gearfast", ())) if marker else ()
    with ExitStack() as stack:

        def view(flavour: Flavour) -> Server:
            options = both + ours if flavour.name == "gearfast" else both
            return stack.enter_context(closing(Server(flavour, start(flavour, *options))))

        yield view


@pytest.fixture(params=GEARMAND + GEARFAST, ids=str)
def server(request: pytest.FixtureRequest, serve: Serve) -> Server:
    return serve(request.param)


@pytest.fixture(params=GEARFAST, ids=str)
def gearfast(request: pytest.FixtureRequest, serve: Serve) -> Server:
    return serve(request.param)


@pytest.fixture
def everywhere(serve: Serve) -> list[Server]:
    """All of `server` at once, for tests that have to wait: they wait for all of them together."""
    return [serve(flavour) for flavour in GEARMAND + GEARFAST]


@pytest.fixture
def every_gearfast(serve: Serve) -> list[Server]:
    """All of `gearfast` at once."""
    return [serve(flavour) for flavour in GEARFAST]
