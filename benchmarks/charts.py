"""Charts of a comparison, as SVG files that stay the same as long as the numbers do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.summary import Summary

COLOURS = {"gearfast": "#0a7f5a", "gearmand": "#c9702b", "beanstalkd": "#8a8f98", "redis": "#b9bdc4"}
BAR_INCHES = 0.17
# product, bar length
Bars = list[tuple[str, float]]

mpl.rcParams["svg.hashsalt"] = "gearfast"
mpl.rcParams["svg.fonttype"] = "none"


def draw_all(summaries: Sequence[Summary], folder: Path) -> None:
    """Write every chart that the measurements suffice for."""
    folder.mkdir(exist_ok=True)
    costs = "CPU time of the server per job, in multiples of the floor's: shorter is better"
    rates = "Jobs per second, in multiples of gearmand's best: longer is better"
    memory = "Bytes of memory per queued job of 64 bytes: shorter is better"
    _draw(
        folder / "cpu.svg", costs, summaries, _relative("cpu", "floor"), "{:.1f} x", "what the sockets cost"
    )
    _draw(folder / "rate.svg", rates, summaries, _relative("rate", "gearmand"), "{:.1f} x", "gearmand")
    _draw(folder / "memory.svg", memory, summaries, _memory, "{:,.0f}")


def _relative(metric: str, than: str) -> Callable[[Summary], Bars]:
    """Each product's best in a metric, relative to another product's best."""

    def bars(summary: Summary) -> Bars:
        reference = summary.best(than, metric)
        if metric not in summary.row.columns or reference is None or "rate" not in summary.row.columns:
            return []
        found = [(product, summary.best(product, metric)) for product in COLOURS]
        return [(product, best[1] / reference[1]) for product, best in found if best]

    return bars


def _memory(summary: Summary) -> Bars:
    """Of queued jobs."""
    if summary.row.key != "drain":
        return []
    found = [(product, summary.best(product, "memory_each")) for product in COLOURS]
    return [(product, best[1]) for product, best in found if best]


def _draw(
    path: Path,
    title: str,
    summaries: Sequence[Summary],
    bars_of: Callable[[Summary], Bars],
    label: str,
    one: str | None = None,
) -> None:
    """`one` says what a length of 1 means, if the bars are multiples; their scale is logarithmic then."""
    groups = [(summary.row.title, bars) for summary in summaries if (bars := bars_of(summary))]
    if not groups:
        return
    count = sum(len(bars) + 1 for _, bars in groups)
    figure = Figure(figsize=(9.5, 0.9 + BAR_INCHES * count), layout="constrained")
    axes = figure.add_subplot()
    _draw_groups(axes, groups, label)
    if one is not None:
        axes.axvline(1.0, color="black", linewidth=0.8)
        axes.set_xscale("log")
        axes.annotate(
            one, (1.0, 1.0), (4, -2), ("data", "axes fraction"), "offset points", fontsize=8, va="top"
        )
    axes.margins(x=0.12, y=0.03)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.xaxis.set_visible(False)
    figure.legend(loc="outside lower right", ncols=len(COLOURS), frameon=False, fontsize=9)
    figure.suptitle(title, x=0.01, ha="left", fontsize=11)
    figure.savefig(path, format="svg", metadata={"Date": None})


def _draw_groups(axes: Axes, groups: list[tuple[str, Bars]], label: str) -> None:
    """Bars from the top down, a gap between groups, each bar with its number."""
    position, ticks, named = 0, [], set()
    for _, bars in groups:
        ticks.append(position + (len(bars) - 1) / 2)
        for product, length in bars:
            legend = "_" if product in named else product
            named.add(product)
            drawn = axes.barh(position, length, height=0.9, color=COLOURS[product], label=legend)
            axes.bar_label(drawn, [label.format(length)], padding=3, fontsize=8)
            position += 1
        position += 1
    axes.set_yticks(ticks, [title for title, _ in groups], fontsize=9)
    axes.invert_yaxis()
