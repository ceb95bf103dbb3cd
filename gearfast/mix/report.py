"""A run, or two side by side, as one page of Markdown."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from gearfast.mix.run import Run
from gearfast.mix.times import Times

_ROWS = 15  # most steps of time
_KINDS = (("foreground", "round trip"), ("background", "acknowledged"))
_SHARES = ((0.5, "p50"), (0.99, "p99"), (0.999, "p99.9"))


class RunError(ValueError):
    """A file that is no run."""


class _Measure(NamedTuple):
    title: str
    value: Callable[[Run], float | None]
    digits: int = 0


def load_run(path: Path) -> Run:
    """What --run-report wrote. Raises RunError and OSError."""
    try:
        return Run.from_json(json.loads(path.read_text(encoding="utf-8")))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise RunError(f"{path} is no report of a run: {type(error).__name__}: {error}") from error


def page(run: Run) -> str:
    """Totals, then second by second, then errors."""
    rows = [[measure.title, _told(measure.value(run), measure.digits)] for measure in MEASURES]
    parts = [f"# {run.title or 'Run'}", markdown(["", "run"], rows), "## Over time", _over_time(run)]
    return "\n\n".join([*parts, *_errors(run)]) + "\n"


def side_by_side(one: Run, other: Run) -> str:
    """Totals of both, then errors of both."""
    rows = []
    for measure in MEASURES:
        a, b = measure.value(one), measure.value(other)
        ratio = f"{b / a:.2f}" if a and b is not None else ""
        rows.append([measure.title, _told(a, measure.digits), _told(b, measure.digits), ratio])
    header = ["", one.title or "A", other.title or "B", "B / A"]
    return "\n\n".join(["# Two runs", markdown(header, rows), *_errors(one), *_errors(other)]) + "\n"


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; all columns but the first are numbers."""
    lines = ["| " + " | ".join(row) + " |" for row in [header, *rows]]
    rule = "|---|" + "--:|" * (len(header) - 1)
    return "\n".join([lines[0], rule, *lines[1:]])


def _told(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:,.{digits}f}"


def _ms(times: Times, share: float) -> float | None:
    return 1000 * times.at(share) if len(times) else None


def _of_kind(kind: str, share: float) -> Callable[[Run], float | None]:
    return lambda run: _ms(run.times(kind), share)


def _of_waits(share: float) -> Callable[[Run], float | None]:
    return lambda run: _ms(run.waits, share)


def cpu_each(run: Run) -> float | None:
    """CPU time of the server for each job, us."""
    if len(run.server) < 2 or not run.jobs():
        return None
    return 1e6 * (run.server[-1][1] - run.server[0][1]) / run.jobs()


def memory(run: Run) -> float | None:
    """The most that the server had, MiB."""
    return max(held for _, _, held in run.server) / 2**20 if run.server else None


MEASURES = (
    _Measure("jobs", lambda run: run.jobs()),
    _Measure("jobs/s", lambda run: run.jobs() / run.length(), 1),
    _Measure("errors", lambda run: run.failures.total()),
    _Measure("lost", lambda run: run.lost),
    *(
        _Measure(f"{title} {name}, ms", _of_kind(kind, share), 2)
        for kind, title in _KINDS
        for share, name in _SHARES
    ),
    *(_Measure(f"wait {name}, ms", _of_waits(share), 2) for share, name in _SHARES),
    _Measure("server CPU, us/job", cpu_each, 1),
    _Measure("server memory, MiB", memory, 1),
)


def _over_time(run: Run) -> str:
    """In at most fifteen steps."""
    step = -(-run.length() // _ROWS)
    header = ["from, s", "jobs/s", "errors"]
    header += [f"{title} {name}, ms" for _, title in _KINDS for _, name in _SHARES]
    header += ["CPU, %", "MiB"]
    return markdown(header, [_step(run, begin, step) for begin in range(0, run.length(), step)])


def _step(run: Run, begin: int, step: int) -> list[str]:
    part = Run(began=run.began)
    steps = range(begin, begin + step)
    part.seconds = {second: kinds for second, kinds in run.seconds.items() if second in steps}
    kinds = [part.times(kind) for kind, _ in _KINDS]
    errors = sum(count for second, count in run.failures.items() if second in steps)
    told = [str(begin), f"{sum(map(len, kinds)) / step:,.1f}", str(errors)]
    told += [_told(_ms(times, share), 2) for times in kinds for share, _ in _SHARES]
    return told + _usage(run, begin, begin + step)


def _usage(run: Run, begin: float, end: float) -> list[str]:
    samples = [sample for sample in run.server if begin <= sample[0] - run.began < end + 1]
    if len(samples) < 2:
        return ["", ""]
    (first, cpu, _), (last, cpu_then, held) = samples[0], samples[-1]
    share = f"{100 * (cpu_then - cpu) / (last - first):.0f}" if last > first else ""
    return [share, f"{held / 2**20:.1f}"]


def _errors(run: Run) -> list[str]:
    if not run.errors:
        return []
    rows = [[text.replace("|", "\\|"), str(count)] for text, count in run.errors.most_common()]
    return [f"## Errors of {run.title or 'the run'}", markdown(["error", "times"], rows)]
