"""Summaries as Markdown, which is as readable on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from benchmarks.rows import Limit
from benchmarks.summary import Summary, Value, Verdict

Ratio = tuple[str, str, str]  # title, metric, and the product that is 1
RATIOS = (("CPU / floor", "cpu", "floor"), ("rate / gearmand", "rate", "gearmand"))
TITLES = {
    "rate": "jobs/s",
    "submits": "submits/s",
    "cpu": "CPU us/job",
    "switches": "switches/job",
    "p50": "p50 us",
    "p99": "p99 us",
    "p99.9": "p99.9 us",
    "p99_alone": "p99 us undisturbed",
    "worse": "p99 ratio",
    "seconds": "seconds",
    "memory_each": "bytes each",
    "memory_left": "memory left",
}
FORMATS: dict[str, Callable[[float], str]] = {
    "rate": lambda value: f"{value:,.0f}",
    "submits": lambda value: f"{value:,.0f}",
    "switches": lambda value: f"{value:.3f}",
    "seconds": lambda value: f"{value:.3f}",
    "memory_each": lambda value: f"{value:,.0f}",
    "memory_left": lambda value: f"x {value:.2f}",
    "worse": lambda value: f"x {value:.2f}",
}


def number(metric: str, value: float) -> str:
    """As many digits as say something."""
    if metric in FORMATS:
        return FORMATS[metric](value)
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def _cell(metric: str, value: Value | None) -> str:
    if value is None:
        return ""
    spread = f" ±{100 * value.spread:.0f} %" if value.count > 1 else ""
    return number(metric, value.median) + spread


def _times(ratio: float | None) -> str:
    if ratio is None:
        return ""
    return f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.1g}"


def table(header: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Markdown with aligned columns."""
    widths = [max(len(row[i]) for row in (header, *lines)) for i in range(len(header))]
    cells = [header, ["-" * width for width in widths], *lines]
    padded = [[text.ljust(width) for text, width in zip(row, widths, strict=True)] for row in cells]
    return "\n".join(f"| {' | '.join(row)} |" for row in padded)


def row_table(summary: Summary, ratios: Sequence[Ratio] = RATIOS) -> str:
    """All servers in one row of the comparison, with these ratios where there are rates and costs."""
    columns = summary.row.columns
    header = ["server", *(TITLES[column] for column in columns)]
    has_costs = "cpu" in columns and "rate" in columns
    if has_costs:
        header += [title for title, _, _ in ratios]
    lines = []
    for server in summary.servers:
        line = [server, *(_cell(column, summary.value(server, column)) for column in columns)]
        if has_costs:
            line += [_times(summary.ratio(server, metric, than)) for _, metric, than in ratios]
        lines.append(line)
    return table(header, lines)


def _asked(verdict: Verdict) -> str:
    limit = verdict.limit
    bound = f"{limit.bound:g} x {limit.than}" if limit.than else number(limit.metric, limit.bound)
    return f"{'at least' if limit.is_least else 'at most'} {bound}"


def _value(limit: Limit, value: float) -> str:
    return f"{value:.2f} x {limit.than}" if limit.than else number(limit.metric, value)


def _reached(verdict: Verdict) -> str:
    return f"{_value(verdict.limit, verdict.value)} ({verdict.mode})"


def _floor(verdict: Verdict) -> str:
    return "" if verdict.floor is None else _value(verdict.limit, verdict.floor)


def _verdict_cells(verdict: Verdict) -> list[str]:
    met = "yes" if verdict.is_met else "**no**"
    return [TITLES[verdict.limit.metric], _asked(verdict), _reached(verdict), met, _floor(verdict)]


def verdict_table(summaries: Sequence[Summary]) -> str:
    """What was asked and what was reached, and by the floor, where that was measured."""
    found = [(summary.row.title, verdict) for summary in summaries for verdict in summary.verdicts()]
    lines = [[title, *_verdict_cells(verdict)] for title, verdict in found]
    header = ["work", "measure", "asked", "reached", "met", "the floor"]
    columns = len(header) - (not any(line[-1] for line in lines))
    return table(header[:columns], [line[:columns] for line in lines])


def report(summaries: Sequence[Summary]) -> str:
    """All tables."""
    parts = ["### What was asked, what was reached", verdict_table(summaries)]
    for summary in summaries:
        parts += [f"### {summary.row.title}", row_table(summary)]
        parts += [f"{server} failed: {error}" for server, error in summary.errors.items()]
    return "\n\n".join(parts)
