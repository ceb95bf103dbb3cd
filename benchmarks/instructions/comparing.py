"""Counts beside those that are checked in, and beside those of smaller sizes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.instructions.counting import Toolchain
from benchmarks.instructions.scenarios import Series
from benchmarks.tables import table

TOLERANCE = 0.05
FLATNESS = 0.10

Counts = Mapping[str, float]  # instructions for one thing, by the scenario's name


@dataclass(frozen=True)
class Record:
    """The counts that are checked in, and what they were made with."""

    toolchain: Toolchain
    counts: Counts


def load(path: Path) -> Record:
    """Raises ValueError when the file is not what `save` writes, OSError."""
    try:
        kept = json.loads(path.read_text())
        counts = {name: float(count) for name, count in kept["instructions"].items()}
        return Record(Toolchain(**kept["toolchain"]), counts)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is not a record of counts ({error!r}): record anew") from error


def save(record: Record, path: Path) -> None:
    kept = {"toolchain": asdict(record.toolchain), "instructions": dict(record.counts)}
    path.write_text(json.dumps(kept, indent=2) + "\n")


@dataclass(frozen=True)
class Change:
    """One scenario; `before` is None when its count is not checked in."""

    name: str
    before: float | None
    now: float

    def share(self) -> float:
        return self.now / self.before - 1 if self.before else 0.0

    def is_over(self) -> bool:
        return self.before is None or self.now > self.before * (1 + TOLERANCE)

    def is_under(self) -> bool:
        return self.before is not None and self.now < self.before * (1 - TOLERANCE)


def compare(recorded: Counts, counted: Counts) -> list[Change]:
    return [Change(name, recorded.get(name), now) for name, now in counted.items()]


@dataclass(frozen=True)
class Growth:
    """What the sizes of a series cost, relative to the smallest."""

    series: Series
    ratios: tuple[float, ...]

    def is_steep(self) -> bool:
        return self.series.is_flat and max(self.ratios) > 1 + FLATNESS


def growths(all_series: Sequence[Series], counted: Counts) -> list[Growth]:
    """Of the series that were counted whole."""
    found = []
    for series in all_series:
        costs = [counted[scenario.name] for scenario in series.scenarios if scenario.name in counted]
        if len(costs) == len(series.scenarios):
            found.append(Growth(series, tuple(cost / costs[0] for cost in costs)))
    return found


def _remark(change: Change) -> str:
    if change.before is None:
        return "**not checked in**"
    return "**over**" if change.is_over() else "under" if change.is_under() else ""


def change_table(changes: Sequence[Change]) -> str:
    lines = [
        [
            change.name,
            "" if change.before is None else f"{change.before:,.1f}",
            f"{change.now:,.1f}",
            "" if change.before is None else f"{100 * change.share():+.1f} %",
            _remark(change),
        ]
        for change in changes
    ]
    return table(["instructions each", "checked in", "now", "change", ""], lines)


def growth_table(found: Sequence[Growth]) -> str:
    lines = [
        [
            growth.series.title,
            " / ".join(f"{size:,}" for size in growth.series.sizes),
            " / ".join(f"{ratio:.2f}" for ratio in growth.ratios),
            "**steep**" if growth.is_steep() else "flat" if growth.series.is_flat else "",
        ]
        for growth in found
    ]
    return table(["what grows", "from / to", "cost", ""], lines)
