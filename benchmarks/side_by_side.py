"""Measure gearfast beside gearmand, beanstalkd, Redis and the floor, in turn.

python -m benchmarks.side_by_side --quick
python -m benchmarks.side_by_side --rounds 5 --publish
python -m benchmarks.side_by_side --rows submit,drain --servers floor,gearfast,"gearmand -t 4"
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.machine import describe, versions
from benchmarks.measuring import Sample, arguments_of, measure_all, restore, save
from benchmarks.programs import BUILT
from benchmarks.rows import ROWS, Row
from benchmarks.servers import SERVERS, Server, install_packages
from benchmarks.summary import Summary
from benchmarks.tables import report

SAMPLES = BUILT / "side_by_side.json"


def options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.side_by_side")
    add = parser.add_argument
    add("--rows", type=_rows, default=ROWS, help=f"of {', '.join(row.key for row in ROWS)}")
    add("--servers", type=_servers, default=SERVERS, help='products or single servers: "gearmand -t 1"')
    add("--rounds", type=int, help="how often each is measured (5; 1 with --quick)")
    add("--quick", action="store_true", help="fewer jobs: minutes instead of half an hour")
    add("--publish", action="store_true", help="write tables and charts into benchmarks/")
    add("--again", action="store_true", help="measure nothing: use the last measurements")
    return parser.parse_args(arguments)


def _chosen(text: str, known: dict[str, list[str]]) -> list[str]:
    """The keys that the comma-separated words stand for."""
    words = [word.strip() for word in text.split(",")]
    if unknown := [word for word in words if word not in known]:
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}; known: {', '.join(known)}")
    return [key for word in words for key in known[word]]


def _rows(text: str) -> list[Row]:
    keys = _chosen(text, {row.key: [row.key] for row in ROWS})
    return [row for row in ROWS if row.key in keys]


def _servers(text: str) -> list[Server]:
    known: dict[str, list[str]] = {server.name: [server.name] for server in SERVERS}
    for server in SERVERS:
        if server.product != server.name:
            known.setdefault(server.product, []).append(server.name)
    names = _chosen(text, known)
    return [server for server in SERVERS if server.name in names]


def measured(given: argparse.Namespace) -> tuple[str, list[Sample]]:
    """New samples, each told as it comes, and saved; and what is to be said about them all."""
    install_packages(given.servers)
    about = describe("benchmarks.side_by_side", given.quick, versions(given.servers))
    samples: list[Sample] = []
    began = time.monotonic()
    rounds = given.rounds or (1 if given.quick else 5)
    for sample in measure_all(given.rows, given.servers, rounds, given.quick):
        samples.append(sample)
        print(f"{time.monotonic() - began:7.1f} s  {progress(sample)}", file=sys.stderr)
        save(about, samples, SAMPLES)
    return about, samples


def progress(sample: Sample) -> str:
    """One line on a sample."""
    shown = [
        f"{name} {sample.metrics[name]:.3f}" for name in ("rate", "cpu", "p99") if name in sample.metrics
    ]
    return f"{sample.row:14} {sample.server:14} {', '.join(shown)}{sample.error}"


def commands(rows: Sequence[Row], is_quick: bool) -> str:
    """What the load generator was told in each row."""
    return "\n".join(f"build/benchmarks/load {' '.join(arguments_of(row, is_quick))}" for row in rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 1 when gearfast or the floor failed in some measurement."""
    given = options(arguments)
    about, samples = restore(SAMPLES) if given.again else measured(given)
    summaries = [Summary(row, samples) for row in given.rows]
    text = f"{about}\n\n{report(summaries)}"
    print(text)
    if given.publish:
        from benchmarks.charts import draw_all
        from benchmarks.readme import publish

        folder = Path(__file__).parent
        load = f"### The load\n\n```\n{commands(given.rows, given.quick)}\n```"
        publish(folder / "README.md", "side by side", f"{text}\n\n{load}")
        draw_all(summaries, folder / "charts")
    return int(any(sample.error and sample.server.split()[0] in ("gearfast", "floor") for sample in samples))


if __name__ == "__main__":
    raise SystemExit(main())
