"""The stress tests run against an engine in a process of its own, in each thread mode."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.engine_process import EngineProcess


@pytest.fixture(params=[0, 1, 4], ids=lambda threads: f"t{threads}")
def threads(request: pytest.FixtureRequest) -> int:
    """The thread modes: all in one thread, a listener beside it, and a thread for each role."""
    mode: int = request.param
    return mode


@pytest.fixture
def engine(threads: int) -> Iterator[EngineProcess]:
    """An engine with the default options."""
    with EngineProcess(threads=threads) as process:
        yield process
