"""Measure gearfast's clients and workers beside those of others, in turn.

python -m benchmarks.libraries --quick
python -m benchmarks.libraries --rounds 5 --publish
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks.libraries.rows import CONTESTANTS, QUICK, ROWS, SERVER, Contestant
from benchmarks.machine import describe
from benchmarks.measuring import Sample, restore, save
from benchmarks.programs import BUILT
from benchmarks.readme import publish
from benchmarks.rows import Row
from benchmarks.servers import SERVERS, install_packages
from benchmarks.summary import Summary
from benchmarks.tables import row_table, verdict_table

SAMPLES = BUILT / "libraries.json"
PACKAGES = ("gear", "gearman3", "rq", "celery", "dramatiq", "redis", "hiredis")
RATIOS = (("CPU / gearfast", "cpu", "gearfast"), ("rate / gearfast", "rate", "gearfast"))


def options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.libraries")
    add = parser.add_argument
    add("--rows", type=_rows, default=ROWS, help=f"of {', '.join(row.key for row in ROWS)}")
    add("--rounds", type=int, help="how often each is measured (5; 1 with --quick)")
    add("--quick", action="store_true", help="a tenth of the jobs")
    add("--publish", action="store_true", help="write the tables into benchmarks/README.md")
    add("--again", action="store_true", help="measure nothing: use the last measurements")
    return parser.parse_args(arguments)


def _rows(text: str) -> list[Row]:
    words = text.split(",")
    if unknown := set(words) - {row.key for row in ROWS}:
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(sorted(unknown))}")
    return [row for row in ROWS if row.key in words]


def measured(given: argparse.Namespace) -> tuple[str, list[Sample]]:
    """New samples, each told as it comes, and saved; and what is to be said about them all."""
    redis = next(server for server in SERVERS if server.product == "redis")
    install_packages([redis])
    versions = {"gearfast": SERVER.version(), **{name: version(name) for name in PACKAGES}}
    versions["redis-server"] = redis.version()
    about = describe("benchmarks.libraries", given.quick, versions)
    samples: list[Sample] = []
    for sample in measure_all(given):
        samples.append(sample)
        print(f"{sample.row:6} {sample.server:24} {sample.metrics}{sample.error}", file=sys.stderr)
        save(about, samples, SAMPLES)
    return about, samples


def measure_all(given: argparse.Namespace) -> Iterator[Sample]:
    """Each round has each contestant once, so that drift hits all alike."""
    keys = {row.key for row in given.rows}
    for _ in range(given.rounds or (1 if given.quick else 5)):
        for contestant in CONTESTANTS:
            if contestant.row in keys:
                yield measure(contestant, contestant.jobs // (QUICK if given.quick else 1))


def measure(contestant: Contestant, count: int) -> Sample:
    """One measurement, or why it failed."""
    try:
        return Sample(contestant.row, contestant.name, contestant.run(count))
    except RuntimeError as error:
        return Sample(contestant.row, contestant.name, {}, str(error))


def report(summaries: Sequence[Summary]) -> str:
    """All tables."""
    parts = [verdict_table([summary for summary in summaries if summary.row.limits])]
    for summary in summaries:
        parts += [f"### {summary.row.title}", row_table(summary, RATIOS)]
        parts += [f"{name} failed: {error}" for name, error in summary.errors.items()]
    return "\n\n".join(parts)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 1 when a measurement failed."""
    given = options(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that no server is left behind
    about, samples = restore(SAMPLES) if given.again else measured(given)
    text = f"{about}\n\n{report([Summary(row, samples) for row in given.rows])}"
    print(text)
    if given.publish:
        publish(Path(__file__).parent.parent / "README.md", "libraries", text)
    return int(any(sample.error for sample in samples))


if __name__ == "__main__":
    raise SystemExit(main())
