"""`gearfast crashtest` with every store that promises to keep what it has acknowledged.

First as it is, then with write errors: the store's disk is full, its server is away or frozen.

python -m tests.support.crash_rounds
python -m tests.support.crash_rounds --stores libsqlite3 --rounds 1000 --seconds 1
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest

from gearfast.cli.crashtest import drain, told
from gearfast.crashtest.ledger import Ledger
from gearfast.crashtest.load import Load
from gearfast.crashtest.victim import Victim
from tests.stores.kinds import KINDS
from tests.support.store_troubles import TROUBLES, Troubled

BUILT = Path(__file__).resolve().parent.parent.parent / "build"
EMBEDDED = "libsqlite3"
CLIENTS, WORKERS = 2, 2
SERVED_WITH = ("--config-file", os.devnull, "--verbose", "FATAL", "--store-timeout", "1")
PATIENCE_SECONDS = 60.0
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


def with_trouble(name: str, what: str, rounds: int, seconds: float) -> bool:
    """Whether nothing was lost, and something was refused."""
    ledger = Ledger()
    with (
        tempfile.TemporaryDirectory(prefix="crashtest-", dir=BUILT) as folder,
        TROUBLES[name][what](name, Path(folder)) as troubled,
    ):
        options = (*SERVED_WITH, *troubled.kind.options)
        for number in range(rounds):
            troubled_round(ledger, options, troubled, number, seconds)
        drain(ledger, options)
    summary = ledger.summary()
    print(f"{name}, {what}, killed {rounds} times: {told(summary)}; {summary.lost} lost", flush=True)
    return summary.lost == 0 and summary.refused > 0


def troubled_round(
    ledger: Ledger, options: tuple[str, ...], troubled: Troubled, number: int, seconds: float
) -> None:
    """The server is killed while jobs are refused, when one is taken again, or at any moment."""
    victim = Victim(options)
    load = Load(ledger, victim.port, CLIENTS, WORKERS)
    try:
        time.sleep(random.uniform(0, seconds))
        before = ledger.summary()
        troubled.begin()
        try:
            if number % 3 == 2:
                time.sleep(random.uniform(0, seconds))
            else:
                wait_until("refused", lambda: ledger.summary().refused > before.refused)
            if number % 3 != 1:
                victim.kill()
        finally:
            troubled.end()
        if number % 3 == 1:
            refused = ledger.summary()
            wait_until("taken again", lambda: ledger.summary().acknowledged > refused.acknowledged)
    finally:
        victim.kill()
        load.join()


def wait_until(what: str, happens: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happens():
        if time.monotonic() > deadline:
            pytest.fail(f"no job was {what} in {PATIENCE_SECONDS:g} s")
        time.sleep(0.05)


def attempts(name: str, rounds: int, seconds: float) -> dict[str, Callable[[], bool]]:
    """With the store as it is, and with each of its troubles."""
    tries: dict[str, Callable[[], bool]] = {name: partial(crash, name, rounds, seconds)}
    for what in TROUBLES[name]:
        tries[f"{name}, {what}"] = partial(with_trouble, name, what, rounds, seconds)
    return tries


def succeeds(attempt: Callable[[], bool], title: str) -> bool:
    """Whether nothing was lost; what can't be tried here succeeds, but not in CI."""
    start = time.monotonic()
    try:
        return attempt()
    except pytest.skip.Exception as reason:
        print(f"{title} was not tried: {reason}")
        return True
    except pytest.fail.Exception as reason:
        print(f"{title} failed: {reason}")
        return False
    finally:
        print(f"{title}: {time.monotonic() - start:.0f} s", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 1 when something was lost, or a store could not be tried in CI."""
    given = options(arguments)
    failed = []
    for name in given.stores:
        rounds = given.rounds or (100 if name == EMBEDDED else 10)
        tries = attempts(name, rounds, given.seconds)
        failed += [title for title, attempt in tries.items() if not succeeds(attempt, title)]
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return int(bool(failed))


if __name__ == "__main__":
    raise SystemExit(main())
