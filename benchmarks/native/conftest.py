"""The compiled drivers, and a way to measure them that reports nanoseconds for each thing done."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from benchmarks.native.build import ROOT, build


class Result(NamedTuple):
    """Nanoseconds for one thing: the best round, and the round in the middle."""

    name: str
    least: float
    median: float


RESULTS = pytest.StashKey[list[Result]]()
Measure = Callable[..., None]


def pytest_configure(config: pytest.Config) -> None:
    config.stash[RESULTS] = []


@pytest.fixture(scope="session")
def modules() -> dict[str, Any]:
    """`drive` and `parsing`, compiled if need be, and the server's own `packet`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        build()
    names = {"drive": "drive", "parsing": "parsing", "packet": "gearfast._native.packet"}
    return {short: importlib.import_module(name) for short, name in names.items()}


@pytest.fixture(autouse=True)
def noted(request: pytest.FixtureRequest, benchmark: Any) -> Iterator[None]:
    """Keeps the result; `extra_info["times"]` says how many things a round did, one if it is missing."""
    yield
    if benchmark.stats is None:
        return
    info, stats = benchmark.extra_info, benchmark.stats.stats
    each = 1e9 / info.setdefault("times", 1)
    info |= {"least_ns": round(stats.min * each, 1), "median_ns": round(stats.median * each, 1)}
    request.config.stash[RESULTS].append(Result(request.node.name, info["least_ns"], info["median_ns"]))


@pytest.fixture
def measure(benchmark: Any) -> Measure:
    """measure(run, times, rounds=…, prepare=…): `run` does `times` things and returns how many went wrong.

    `prepare` is called before each round, unmeasured, and says whether it could.
    """

    def run_rounds(
        run: Callable[[], int], times: int, *, rounds: int = 30, prepare: Callable[[], bool] = lambda: True
    ) -> None:
        def setup() -> None:
            assert prepare()

        benchmark.extra_info["times"] = times
        assert benchmark.pedantic(run, setup=setup, rounds=rounds, warmup_rounds=1) == 0

    return run_rounds


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    results = config.stash[RESULTS]
    if not results:
        return
    width = max(len(result.name) for result in results)
    terminalreporter.write_sep("-", "nanoseconds each: least, median")
    for result in results:
        terminalreporter.write_line(f"{result.name:{width}} {result.least:10.1f} {result.median:10.1f}")
