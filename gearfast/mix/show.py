"""A mix as tables of text, alone or beside another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from gearfast.columns import columns
from gearfast.mix.distribution import Distribution
from gearfast.mix.model import Function, Mix

_SIZES = ((1 << 30, "G"), (1 << 20, "M"), (1 << 10, "K"))


class _Column(NamedTuple):
    title: str
    value: Callable[[Mix, str], float]
    told: Callable[[float], str]


def table(mix: Mix) -> str:
    """Everything about the mix, for people."""
    lines = [line for line in (mix.comment, f"Source: {mix.source}" if mix.source else "") if line]
    lines += [
        f"{mix.seconds:g} s, {mix.jobs_per_second:.6g} jobs/s, {len(mix.functions)} functions",
        f"clients: {mix.clients.connections} at most, {mix.clients.opened_per_second:.3g}/s opened",
        f"workers: {mix.workers.connections} at most, {mix.workers.opened_per_second:.3g}/s opened, "
        f"{_spread(mix.workers.functions_each, _number)} functions each, "
        f"{_percent(mix.workers.silent)} silent",
    ]
    if mix.skipped:
        lines.append(f"{mix.skipped} events were skipped while recording")
    rows = [[name, *(column.told(column.value(mix, name)) for column in _COLUMNS)] for name in mix.functions]
    header = ["function", *(column.title for column in _COLUMNS)]
    return "\n".join([*lines, "", _table([header, *rows])])


def comparison(one: Mix, other: Mix) -> str:
    """What differs, function by function; a value that is the same in both stands once."""
    header = ["function", "measure", "A", "B", "B / A"]
    rows = [["all", "jobs/s", *_pair(one.jobs_per_second, other.jobs_per_second, _number)]]
    for name in dict.fromkeys([*one.functions, *other.functions]):
        rows += _compared(one, other, name)
    return _table([header, *rows], left=2)


def _compared(one: Mix, other: Mix, name: str) -> Iterator[list[str]]:
    if name not in one.functions or name not in other.functions:
        yield [
            name,
            "is in",
            "A" if name in one.functions else "",
            "B" if name in other.functions else "",
            "",
        ]
        return
    for column in _COLUMNS:
        yield [name, column.title, *_pair(column.value(one, name), column.value(other, name), column.told)]


def _pair(one: float, other: float, told: Callable[[float], str]) -> list[str]:
    return [told(one), told(other), f"{other / one:.2f}" if one else ""]


def _table(rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """The first columns to the left, and a rule below the header."""
    header, *others = columns(rows, [index >= left for index in range(len(rows[0]))])
    rule = "  ".join("-" * max(map(len, column)) for column in zip(*rows, strict=True))
    return "\n".join([header, rule, *others]) + "\n"


def _number(value: float) -> str:
    return f"{value:.4g}" if value < 1e6 else f"{value:,.0f}"


def _percent(value: float) -> str:
    return f"{100 * value:.3g} %"


def _bytes(value: float) -> str:
    for size, unit in _SIZES:
        if value >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.4g}"


def _spread(values: Distribution, told: Callable[[float], str]) -> str:
    least, most = told(values.at(0.0)), told(values.at(1.0))
    return least if least == most else f"{least} to {most}"


def _at(field: str, share: float) -> Callable[[Mix, str], float]:
    def value(mix: Mix, name: str) -> float:
        values: Distribution = getattr(mix.functions[name], field)
        return values.at(share)

    return value


def _of(get: Callable[[Function], float]) -> Callable[[Mix, str], float]:
    return lambda mix, name: get(mix.functions[name])


_COLUMNS = (
    _Column("share", _of(lambda function: function.share), _percent),
    _Column("jobs/s", lambda mix, name: mix.rate(name), _number),
    _Column("bursts", _of(lambda function: function.arrivals.burstiness), _number),
    _Column("background", _of(lambda function: function.background), _percent),
    _Column("high", _of(lambda function: function.high), _percent),
    _Column("low", _of(lambda function: function.low), _percent),
    _Column("uniques", _of(lambda function: function.uniques), _percent),
    _Column("delayed", _of(lambda function: function.delayed), _percent),
    _Column("in p50", _at("payload_bytes", 0.5), _bytes),
    _Column("in p99", _at("payload_bytes", 0.99), _bytes),
    _Column("out p50", _at("result_bytes", 0.5), _bytes),
    _Column("out p99", _at("result_bytes", 0.99), _bytes),
    _Column("run p50 ms", _at("run_ms", 0.5), _number),
    _Column("run p99 ms", _at("run_ms", 0.99), _number),
    _Column("failed", _of(lambda function: function.failures), _percent),
    _Column("updates", _of(lambda function: function.updates), _number),
    _Column("waiting", _of(lambda function: function.waiting), _number),
    _Column("workers", _of(lambda function: function.workers), _number),
)
