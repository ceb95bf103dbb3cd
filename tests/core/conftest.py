"""Stages for the tests of the core; at the end of a test each must give every block back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.core.effects import Options
from tests.core.stage import Stage

Stages = Callable[..., Stage]


@pytest.fixture
def stage_with() -> Iterator[Stages]:
    """Makes stages with these options (see effects.Options)."""
    made = []

    def make(**options: Any) -> Stage:
        stage = Stage(Options(**options))
        made.append(stage)
        return stage

    yield make
    for stage in made:
        stage.core.close()


@pytest.fixture
def stage(stage_with: Stages) -> Stage:
    """A stage with the default options."""
    return stage_with()
