"""Soak two servers, one with a store and one without, and check that nothing is lost, stuck or left over.

python -m tests.soak --seconds 600
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic

from tests.soak.held import slope
from tests.soak.target import Target, target

ROUND_SECONDS = 25.0
JUDGED_SECONDS = 240.0  # a shorter soak says little about memory
JUDGED_SHARE = 0.5  # the last rounds: before, one kind of block after the other gets its first slab
NOISE_SHARE, NOISE_BYTES = 0.1, 4 << 20  # of memory that may come to be held, whatever the server does
JOBS = ("background", "foreground", "acknowledged to mortals", "in mass")


@contextmanager
def targets(folder: Path, seed: int) -> Iterator[list[Target]]:
    stored = ["-t", "2", "-q", "libsqlite3", "--libsqlite3-db", str(folder / "queue.db")]
    with ExitStack() as stack:
        yield [
            stack.enter_context(target(name, folder, options, mass, random.Random(f"{seed} {name}")))
            for name, options, mass in (
                ("in-memory", ["-t", "4"], "foreground --rate 7000 --functions 8"),
                ("stored", stored, "work --rate 1000"),
            )
        ]


def soak(under_soak: list[Target], seconds: float) -> None:
    """Rounds until so many seconds are over."""
    start = monotonic()
    with ThreadPoolExecutor(len(under_soak)) as threads:
        while (left := start + seconds - monotonic()) > 0:
            length = min(ROUND_SECONDS, left)
            for done in [threads.submit(each.round, length) for each in under_soak]:
                done.result()
            jobs = sum(each.counts[name] for each in under_soak for name in JOBS)
            print(f"{monotonic() - start:6.0f} s {jobs:9} jobs, all accounted for", flush=True)


def report(each: Target) -> None:
    """Prints what was done; fails when what is held at rest grows from round to round."""
    judged = each.held[int(len(each.held) * (1 - JUDGED_SHARE)) :]
    growth, lasted = slope(judged), judged[-1][0] - judged[0][0]
    print(f"{each.name}: {dict(sorted(each.counts.items()))}")
    print(f"{each.name}: MB held after each round: {' '.join(f'{size / 1e6:.1f}' for _, size in each.held)}")
    print(f"{each.name}: {60 * growth / 1024:+.0f} KiB a minute in the last {len(judged)}")
    if lasted > JUDGED_SECONDS:
        most = max(NOISE_BYTES, NOISE_SHARE * judged[0][1])
        assert growth * lasted < most, f"{each.name} has grown by {growth * lasted / 1e6:.1f} MB"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description="Soak two servers.")
    parser.add_argument("--seconds", type=float, default=600.0, help="for which rounds are begun")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 24), help="of all random choices")
    given = parser.parse_args()
    print(f"soak of {given.seconds:g} s with seed {given.seed}", flush=True)
    with (
        tempfile.TemporaryDirectory(prefix="gearfast-soak-") as folder,
        targets(Path(folder), given.seed) as both,
    ):
        soak(both, given.seconds)
        for each in both:
            report(each)


if __name__ == "__main__":
    main()
