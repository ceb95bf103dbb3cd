"""The plan of faults, which the native modules read when they are loaded.

Only a build with GEARFAST_FAULTS=1 has the seam (`make faults`); without it nothing here is collected.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.plan import VARIABLE, Plan

HAS_SEAM = os.environ.get("GEARFAST_FAULTS") == "1"
collect_ignore_glob = [] if HAS_SEAM else ["test_*.py"]


def make_plan() -> Plan | None:
    """In place before any native module is loaded; child processes inherit it. None without a seam."""
    if not HAS_SEAM:
        return None
    handle, name = tempfile.mkstemp(prefix="gearfast-faults-")
    os.close(handle)
    os.environ[VARIABLE] = name
    return Plan(Path(name))


_plan = make_plan()


@pytest.fixture(scope="session", autouse=True)
def plan_file() -> Iterator[None]:
    yield
    if _plan is not None:
        Path(os.environ.pop(VARIABLE)).unlink()


@pytest.fixture
def plan() -> Iterator[Plan]:
    """Heeded by the native modules; nothing fails before the test and after it."""
    import gearfast._native.engine  # noqa: F401 - so that they are loaded

    assert _plan is not None
    assert _plan.modules > 0, "this build has no seam: see make faults"
    yield _plan
    _plan.reset_clocks()


@pytest.fixture(params=[0, 1, 3], ids=lambda threads: f"t{threads}")
def threads(request: pytest.FixtureRequest) -> int:
    mode: int = request.param
    return mode
