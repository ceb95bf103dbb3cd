"""Samples boiled down: medians, spreads, ratios, and whether what is asked of gearfast was reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.measuring import Sample
from benchmarks.rows import Limit, Row

GREATER_IS_BETTER = {"rate"}


@dataclass(frozen=True)
class Value:
    """A metric over all rounds."""

    median: float
    spread: float  # half the way from the least to the greatest, as a share of the median
    count: int


@dataclass(frozen=True)
class Verdict:
    """What became of a limit; `value` is the metric, or its ratio to the other product's."""

    limit: Limit
    mode: str
    value: float
    is_met: bool
    floor: float | None  # what the floor reaches; None: it was not measured, or is what is compared with


class Summary:
    """All values of one row."""

    def __init__(self, row: Row, samples: Sequence[Sample]) -> None:
        self.row = row
        own = [sample for sample in samples if sample.row == row.key]
        self.servers = list(dict.fromkeys(sample.server for sample in own))
        self.errors = {sample.server: sample.error for sample in own if sample.error}
        self._samples = [sample for sample in own if not sample.error]

    def value(self, server: str, metric: str) -> Value | None:
        """None when there is no such measurement."""
        found = [s.metrics[metric] for s in self._samples if s.server == server and metric in s.metrics]
        if not found:
            return None
        middle = median(found)
        spread = (max(found) - min(found)) / 2 / abs(middle) if middle else 0.0
        return Value(middle, spread, len(found))

    def best(self, product: str, metric: str) -> tuple[str, float] | None:
        """The best server of a product (or that server itself), and its median."""
        measured = [
            (server, value.median)
            for server in self.servers
            if (server == product or server.split()[0] == product) and (value := self.value(server, metric))
        ]
        choose = max if metric in GREATER_IS_BETTER else min
        return choose(measured, key=lambda pair: pair[1]) if measured else None

    def ratio(self, server: str, metric: str, than: str) -> float | None:
        """The server's median relative to the best of another product."""
        own, other = self.value(server, metric), self.best(than, metric)
        return own.median / other[1] if own and other and other[1] else None

    def verdicts(self) -> list[Verdict]:
        """One for each limit and each mode it concerns; none where something was not measured."""
        return [verdict for limit in self.row.limits for verdict in self._judge(limit)]

    def _judge(self, limit: Limit) -> list[Verdict]:
        best = self.best("gearfast", limit.metric)
        modes = limit.modes or ((best[0],) if best else ())
        found = [(mode, self._measured(limit, mode)) for mode in modes]
        floor = None if limit.than == "floor" else self._measured(limit, "floor")
        return [
            Verdict(
                limit, mode, value, value >= limit.bound if limit.is_least else value <= limit.bound, floor
            )
            for mode, value in found
            if value is not None
        ]

    def _measured(self, limit: Limit, mode: str) -> float | None:
        if limit.than:
            return self.ratio(mode, limit.metric, limit.than)
        value = self.value(mode, limit.metric)
        return value.median if value else None
