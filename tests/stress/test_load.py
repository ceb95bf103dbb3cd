"""A mixed load, after which everything the server accepted was done exactly as promised.

LOAD_SECONDS=60 in the environment makes it a long one.
"""

from __future__ import annotations

import os

import pytest

from tests.stress.resting import drop_functions, expect_rest, held
from tests.support.engine_process import EngineProcess
from tests.support.load.driver import running_load

SECONDS = float(os.environ.get("LOAD_SECONDS", "2"))


@pytest.mark.timeout(2 * SECONDS + 300)
def test_all_promises_are_kept_under_load(engine: EngineProcess) -> None:
    before = held(engine)
    with running_load(engine.port, SECONDS) as load:
        counts = load.finish()
    assert counts["background"] > 0
    assert counts["foreground"] > 0
    assert counts["clients vanished"] > 0
    drop_functions(engine.port)
    expect_rest(engine, before)
    assert engine.log() == []
