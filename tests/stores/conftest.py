"""A store of each kind for the contract's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gearfast.stores.base import Store
from tests.stores.kinds import KINDS, Kind

Open = Callable[[], Store]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kind]:
    made = KINDS[request.param](tmp_path)
    yield made
    made.remove()


@pytest.fixture
def reopen(kind: Kind) -> Iterator[Open]:
    """Opens a store over the same data, and closes the one before, as a restart does."""
    opened: list[Store] = []

    def restart() -> Store:
        for store in opened:
            store.close()
        opened[:] = [kind.store()]
        opened[0].open()
        return opened[0]

    yield restart
    for store in opened:
        store.close()
