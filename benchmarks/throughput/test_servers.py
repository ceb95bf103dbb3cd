"""Whole servers under load; what they cost beside the floor is reported."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest

from benchmarks.measuring import load
from benchmarks.rows import ROWS, Row
from benchmarks.servers import SERVERS, Running, Server, running
from benchmarks.throughput.conftest import Note

ROUNDS = 3
MEASURED_ROWS = [row for row in ROWS if row.key in ("submit", "steady", "foreground")]
MEASURED_SERVERS = [server for server in SERVERS if server.product in ("floor", "gearfast")]


def named(parameter: Server | Row) -> str:
    return parameter.name if isinstance(parameter, Server) else parameter.key


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.key in ("submit", "steady", "foreground")], ids=named
)
@pytest.mark.parametrize(
    "server", [each for each in SERVERS if each.product in ("floor", "gearfast")], ids=named
)
def test_throughput(row: Row, server: Server, benchmark: Any, note: Callable[[Note], None]) -> None:
    """The load generator checks every answer, so a wrong one fails."""
    with ExitStack() as stack:

        def start() -> tuple[tuple[Row, Server, Running, bool], dict[str, Any]]:
            stack.close()
            return (row, server, stack.enter_context(running(server)), True), {}

        costs = []

        def run(*arguments: Any) -> None:
            costs.append(row.metrics(load(*arguments)))

        benchmark.pedantic(run, setup=start, rounds=ROUNDS)
    best = min(costs, key=lambda metrics: metrics["cpu"])
    benchmark.extra_info |= {"cpu_us": best["cpu"], "jobs_per_second": best["rate"]}
    note(Note(row.key, server.name, best["cpu"], best["rate"]))
