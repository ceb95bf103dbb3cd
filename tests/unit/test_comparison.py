"""The arithmetic of benchmarks/side_by_side.py: medians, ratios, verdicts."""

from __future__ import annotations

from benchmarks.measuring import Sample
from benchmarks.rows import Limit, Row
from benchmarks.summary import Summary
from benchmarks.tables import report


def row(*limits: Limit) -> Row:
    return Row("k", "Some work", (), None, ("rate", "cpu"), limits)


def samples(server: str, rates: list[float], cpus: list[float]) -> list[Sample]:
    both = zip(rates, cpus, strict=True)
    return [Sample("k", server, {"rate": rate, "cpu": cpu}) for rate, cpu in both]


MEASURED = [
    *samples("floor", [900, 1000, 1100], [1, 1, 1]),
    *samples("gearfast -t 0", [400, 500, 450], [1.5, 1.7, 1.6]),
    *samples("gearfast -t 4", [700, 800, 900], [3, 3.2, 3.1]),
    *samples("gearmand -t 1", [100, 200, 300], [10, 9, 11]),
    *samples("gearmand -t 4", [80, 100, 120], [20, 22, 21]),
    Sample("other", "floor", {"rate": 1.0, "cpu": 99.0}),
]


def test_values_are_medians_with_half_their_range() -> None:
    value = Summary(row(), MEASURED).value("gearmand -t 1", "rate")
    assert value is not None
    assert (value.median, value.spread, value.count) == (200, 0.5, 3)


def test_the_best_mode_depends_on_the_metric() -> None:
    summary = Summary(row(), MEASURED)
    assert summary.best("gearfast", "rate") == ("gearfast -t 4", 800)
    assert summary.best("gearfast", "cpu") == ("gearfast -t 0", 1.6)
    assert summary.best("gearmand -t 4", "rate") == ("gearmand -t 4", 100)
    assert summary.best("redis", "rate") is None


def test_verdicts_compare_with_the_best_of_the_other() -> None:
    limits = (
        Limit("cpu", 1.25, "floor"),
        Limit("cpu", 1.6, "floor"),
        Limit("rate", 4, "gearmand", is_least=True),
        Limit("rate", 4.1, "gearmand", is_least=True),
        Limit("cpu", 0.5, "gearmand -t 4", modes=("gearfast -t 4",)),
        Limit("cpu", 3, modes=("gearfast -t 0", "gearfast -t 4")),
        Limit("cpu", 1, "redis"),
    )
    verdicts = Summary(row(*limits), MEASURED).verdicts()
    assert [(v.mode, round(v.value, 3), v.is_met) for v in verdicts] == [
        ("gearfast -t 0", 1.6, False),
        ("gearfast -t 0", 1.6, True),
        ("gearfast -t 4", 4.0, True),
        ("gearfast -t 4", 4.0, False),
        ("gearfast -t 4", 0.148, True),
        ("gearfast -t 0", 1.6, True),
        ("gearfast -t 4", 3.1, False),
    ]
    of_floor = [v.floor and round(v.floor, 3) for v in verdicts]
    assert of_floor == [None, None, 5.0, 5.0, 0.048, 1, 1]


def test_a_failure_is_reported_and_not_counted() -> None:
    failed = Sample("k", "gearfast -t 0", {}, "job 3 was answered twice")
    summary = Summary(row(), [*MEASURED, failed])
    assert summary.best("gearfast", "cpu") == ("gearfast -t 0", 1.6)
    assert "gearfast -t 0 failed: job 3 was answered twice" in report([summary])
