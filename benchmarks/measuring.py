"""Measurements: every row on every server, in turn, round after round."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.programs import program
from benchmarks.rows import Metrics, Row
from benchmarks.servers import LOOPBACK, Running, Server, empty, running

DEADLINE_SECONDS = 600
SLOW_ROUNDS = 2


@dataclass(frozen=True)
class Sample:
    """One measurement; `error` says why it failed and is empty otherwise."""

    row: str
    server: str
    metrics: Metrics
    error: str = ""


def arguments_of(row: Row, is_quick: bool) -> list[str]:
    """What the load generator is told, but for the server."""
    size = [] if row.size is None else [row.size[0], str(row.size[2 if is_quick else 1])]
    return [*row.arguments, *size]


def measure_all(
    rows: Sequence[Row], servers: Sequence[Server], rounds: int, is_quick: bool
) -> Iterator[Sample]:
    """All samples as they come. Each round has each row once on each server, so that drift hits all alike."""
    for number in range(rounds):
        for row in rows:
            for server in servers:
                if {server.product, server.name} & {*row.products} and (
                    number < SLOW_ROUNDS or server.product not in row.slow
                ):
                    yield measure(row, server, is_quick)


def measure(row: Row, server: Server, is_quick: bool) -> Sample:
    """One row on a server started for it alone."""
    if server.alone is not None:
        return Sample(row.key, server.name, measure_alone(row, server, is_quick))
    try:
        with running(server) as target:
            phases = load(row, server, target, is_quick)
    except RuntimeError as error:
        print(f"{row.key} on {server.name}: {error}", file=sys.stderr)
        return Sample(row.key, server.name, {}, str(error))
    return Sample(row.key, server.name, row.metrics(phases))


def measure_alone(row: Row, server: Server, is_quick: bool) -> Metrics:
    """Something to compare with, for as long as the load of the row runs."""
    assert server.alone is not None
    assert server.keeps_in is not None
    assert row.size is not None
    empty(server.keeps_in)
    return server.alone(server.keeps_in, float(row.size[2 if is_quick else 1]))


def load(row: Row, server: Server, target: Running, is_quick: bool) -> list[dict[str, object]]:
    """The phases that the load generator reports. Raises RuntimeError with its complaint."""
    where = ["--host", LOOPBACK, "--port", str(target.port), "--pid", str(target.pid)]
    how = ["--protocol", server.protocol, "--deadline", str(DEADLINE_SECONDS), "--json"]
    command = [str(program("load")), *arguments_of(row, is_quick), *where, *how]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip() or f"the load generator ended with {done.returncode}")
    phases: list[dict[str, object]] = json.loads(done.stdout)["phases"]
    return phases


def save(about: str, samples: Sequence[Sample], path: Path) -> None:
    """`about` says where and how the samples were measured."""
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = {"about": about, "samples": [asdict(sample) for sample in samples]}
    path.write_text(json.dumps(kept, indent=1))


def restore(path: Path) -> tuple[str, list[Sample]]:
    kept = json.loads(path.read_text())
    return kept["about"], [Sample(**sample) for sample in kept["samples"]]
