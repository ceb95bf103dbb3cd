"""A mix as a picture; needs matplotlib, the extra gearfast[charts]."""

from __future__ import annotations

from pathlib import Path

from gearfast.mix.distribution import Distribution
from gearfast.mix.model import Mix

_MOST = 10  # functions drawn
_SHARES = [index / 200 for index in range(201)]


def draw(mix: Mix, path: Path) -> None:
    """Rates over time, sizes and run times, of the ten most frequent functions.

    The kind of file is told by the path's end. Raises ImportError without matplotlib, ValueError for a kind
    that it does not know.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    names = sorted(mix.functions, key=mix.rate, reverse=True)[:_MOST]
    figure, ((rates, payloads), (runs, results)) = plt.subplots(2, 2, figsize=(12, 8), layout="constrained")
    for name in names:
        function = mix.functions[name]
        arrivals = function.arrivals
        times = [index * arrivals.step_seconds for index in range(len(arrivals.shape) + 1)]
        rate = mix.rate(name)
        rates.stairs([rate * step for step in arrivals.shape], times, label=name)
        for axes, values in (
            (payloads, function.payload_bytes),
            (runs, function.run_ms),
            (results, function.result_bytes),
        ):
            axes.plot(*_curve(values), label=name)
    rates.set(title="Jobs/s", xlabel="s")
    for axes, title in ((payloads, "Workload, bytes"), (runs, "Run time, ms"), (results, "Result, bytes")):
        axes.set(title=title, ylabel="share of jobs up to", xscale="symlog")
    rates.legend()
    figure.savefig(path)
    plt.close(figure)


def _curve(values: Distribution) -> tuple[list[float], list[float]]:
    return [values.at(share) for share in _SHARES], _SHARES
