"""`gearfast crashtest` with every store that promises to keep what it has acknowledged.

python -m tests.support.crash_rounds
python -m tests.support.crash_rounds --stores libsqlite3 --rounds 1000 --seconds 1
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.stores.kinds import KINDS

BUILT = Path(__file__).resolve().parent.parent.parent / "build"
EMBEDDED = "libsqlite3"
STORES = (EMBEDDED, "postgres", "mysql", "redis", "libtokyocabinet")


def options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.support.crash_rounds")
    add = parser.add_argument
    add("--stores", type=lambda text: text.split(","), default=STORES, help=f"of {','.join(STORES)}")
    add("--rounds", type=int, help=f"kills with each store (100 with {EMBEDDED}, else 10)")
    add("--seconds", type=float, default=0.2, help="that the server lives at most (0.2)")
    return parser.parse_args(arguments)


def crash(name: str, rounds: int, seconds: float) -> bool:
    """Whether nothing was lost. What the last rounds said is printed, all of it if something was."""
    BUILT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="crashtest-", dir=BUILT) as folder:
        kind = KINDS[name](Path(folder))
        try:
            words = ["crashtest", "--rounds", str(rounds), "--seconds", str(seconds), "--"]
            command = [sys.executable, "-m", "gearfast", *words, "--config-file", os.devnull, *kind.options]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        finally:
            kind.remove()
    *most, last = done.stdout.splitlines() or [""]
    print("\n".join(most) if done.returncode else "", end="")
    print(f"{name}, killed {len(most)} times, {last}", flush=True)
    return done.returncode == 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 1 when something was lost, or a store could not be tried in CI."""
    given = options(arguments)
    failed = []
    for name in given.stores:
        start = time.monotonic()
        rounds = given.rounds or (100 if name == EMBEDDED else 10)
        try:
            if not crash(name, rounds, given.seconds):
                failed.append(name)
        except pytest.skip.Exception as reason:
            print(f"{name} was not tried: {reason}")
        except pytest.fail.Exception as reason:
            print(f"{name} could not be tried: {reason}")
            failed.append(name)
        print(f"{name}: {time.monotonic() - start:.0f} s", flush=True)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return int(bool(failed))


if __name__ == "__main__":
    raise SystemExit(main())
