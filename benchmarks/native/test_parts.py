"""What the core and the threads are made of: blocks, rings, lanes, tables, timers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from benchmarks.native.conftest import Measure

SIZES = [1_000, 10_000, 100_000, 1_000_000]

Parts = Callable[[int], Any]


@pytest.fixture
def parts(modules: dict[str, Any]) -> Iterator[Parts]:
    """parts(entries): one of everything, with so many entries for tables and timers."""
    lib = modules["drive"].lib
    all_made = []

    def make(entries: int) -> Any:
        made = lib.bench_parts_new(entries)
        assert made, "not enough memory"
        all_made.append(made)
        return made

    yield make
    for made in all_made:
        lib.bench_parts_free(made)


@pytest.mark.parametrize("held", [1, 1000])
@pytest.mark.parametrize("size", [64, 300, 5_000])
def test_blocks(modules: dict[str, Any], parts: Parts, measure: Measure, size: int, held: int) -> None:
    """One made and dropped, while so many are out."""
    measure(partial(modules["drive"].lib.bench_blocks, parts(0), size, held, 100_000), 100_000)


@pytest.mark.parametrize("batch", [1, 64])
@pytest.mark.parametrize("way", ["ring", "lane"])
def test_events(modules: dict[str, Any], parts: Parts, measure: Measure, way: str, batch: int) -> None:
    """One event through, in one thread: no cache line travels."""
    times = batch * (100_000 // batch)
    measure(partial(getattr(modules["drive"].lib, f"bench_{way}"), parts(0), batch, times), times)


@pytest.mark.parametrize("scattered", [False, True], ids=["numbers", "hashes"])
@pytest.mark.parametrize("entries", SIZES)
@pytest.mark.parametrize("operation", ["insert", "find", "remove"])
def test_table(
    modules: dict[str, Any], parts: Parts, measure: Measure, operation: str, entries: int, scattered: bool
) -> None:
    """Each of so many entries: put into an empty table, found in the full one, taken out of it."""
    lib, made = modules["drive"].lib, parts(entries)
    calls = {
        name: partial(getattr(lib, f"bench_table_{name}"), made, scattered)
        for name in ("insert", "find", "remove")
    }
    is_full = False

    def prepare() -> bool:
        nonlocal is_full
        must_be_full = operation != "insert"
        wrong = 0 if is_full == must_be_full else calls["insert" if must_be_full else "remove"]()
        is_full = operation != "remove"
        return wrong == 0

    measure(calls[operation], entries, rounds=max(5, 200_000 // entries), prepare=prepare)


@pytest.mark.parametrize("armed", [0, *SIZES])
def test_timer(modules: dict[str, Any], parts: Parts, measure: Measure, armed: int) -> None:
    """One armed and cancelled while so many others wait."""
    lib, made = modules["drive"].lib, parts(armed)
    lib.bench_timers_fill(made)
    measure(partial(lib.bench_timers, made, 100_000), 100_000)
