"""Count the instructions of the core and its parts, and compare them with the counts that are checked in.

python -m benchmarks.instructions                    compare; exit code 1: something costs more
python -m benchmarks.instructions --only waiting     only the scenarios with that in their name
python -m benchmarks.instructions --record           write counts.json anew
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.instructions.comparing import (
    FLATNESS,
    TOLERANCE,
    Change,
    Growth,
    Record,
    change_table,
    compare,
    growth_table,
    growths,
    load,
    save,
)
from benchmarks.instructions.counting import Toolchain, count_all, toolchain
from benchmarks.instructions.scenarios import ALL, SERIES

COUNTS = Path(__file__).with_name("counts.json")
HOW_TO_RECORD = "make instructions ARGS=--record"


def options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.instructions")
    parser.add_argument("--only", default="", metavar="TEXT", help="scenarios with TEXT in their name")
    parser.add_argument("--record", action="store_true", help="check in what is counted now")
    given = parser.parse_args(arguments)
    if given.record and given.only:
        parser.error("--record takes all scenarios")
    if not any(given.only in scenario.name for scenario in ALL):
        parser.error(f"no scenario has {given.only!r} in its name")
    return given


def remarks(
    changes: Sequence[Change], found: Sequence[Growth], recorded: Toolchain, used: Toolchain
) -> list[str]:
    """Lines on what the tables mean, and what is to be done."""
    lines = []
    if any(growth.is_steep() for growth in found):
        lines.append(f"What is steep costs over {FLATNESS:.0%} more with its size.")
    if not used.is_like(recorded):
        lines.append(f"Checked in with {recorded}, counted with {used}: differences are no failure.")
    if any(change.is_over() for change in changes):
        lines.append(f"Over {TOLERANCE:.0%} more than is checked in; if that must be: {HOW_TO_RECORD}")
    if any(change.is_under() for change in changes):
        lines.append(f"Over {TOLERANCE:.0%} less than is checked in; to hold it: {HOW_TO_RECORD}")
    return lines


def failed(changes: Sequence[Change], found: Sequence[Growth], is_comparable: bool) -> bool:
    """Whether something costs more than before, or more with size."""
    is_over = is_comparable and any(change.is_over() for change in changes)
    return is_over or any(growth.is_steep() for growth in found)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 1 when something costs more than it may, 2 when nothing could be counted."""
    given = options(arguments)
    try:
        used = toolchain()
        counted = count_all(scenario for scenario in ALL if given.only in scenario.name)
        if given.record:
            save(Record(used, counted), COUNTS)
        recorded = load(COUNTS)
    except (OSError, RuntimeError, ValueError, subprocess.SubprocessError) as error:
        print(f"instructions: {error}", file=sys.stderr)
        return 2
    changes, found = compare(recorded.counts, counted), growths(SERIES, counted)
    lines = remarks(changes, found, recorded.toolchain, used)
    print(change_table(changes), growth_table(found), *lines, sep="\n\n")
    return int(failed(changes, found, used.is_like(recorded.toolchain)))


if __name__ == "__main__":
    raise SystemExit(main())
