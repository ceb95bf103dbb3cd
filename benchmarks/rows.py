"""What is measured: one row for each kind of work, with what is asked of gearfast in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Phase = dict[str, Any]
Metrics = dict[str, float]

GEARMAN = ("floor", "gearfast", "gearmand")
ALL = (*GEARMAN, "beanstalkd", "redis")
RECORDING = ("gearfast", "recording")
KEEPING = ("gearfast sqlite", "gearmand sqlite")
KEPT_IN = {
    "postgres": "PostgreSQL",
    "mysql": "MariaDB",
    "redis": "Redis (appendfsync always)",
    "libtokyocabinet": "Tokyo Cabinet",
}
IN_MEMORY = "gearfast -t 1"
TIMED_MODES = ("gearfast -t 2", "gearfast -t 4")


@dataclass(frozen=True)
class Limit:
    """One demand: a metric of gearfast's best mode, absolute or relative to the best of another product."""

    metric: str
    bound: float
    than: str | None = None  # a product or one server; None: the bound is absolute
    is_least: bool = False
    modes: tuple[str, ...] = ()  # servers that must all meet it; (): the best gearfast


@dataclass(frozen=True)
class Row:
    """One kind of work."""

    key: str
    title: str
    arguments: tuple[str, ...]  # of the load generator
    size: tuple[str, int, int] | None  # the option that says how much, in a full run and in a quick one
    columns: tuple[str, ...]  # metrics to show
    limits: tuple[Limit, ...]
    products: tuple[str, ...] = GEARMAN  # or single servers
    metrics: Callable[[list[Phase]], Metrics] = lambda phases: usual_metrics(phases[-1])
    slow: tuple[str, ...] = ()  # products that take very long: measured in the first two rounds only


def usual_metrics(phase: Phase) -> Metrics:
    """Rate in 1/s, times in microseconds, memory in bytes."""
    jobs, latency, server = max(phase["jobs"], 1), phase["latency_us"], phase["server"]
    threads = server["threads"]
    return {
        "rate": phase["jobs"] / phase["seconds"] if phase["seconds"] else 0.0,
        "seconds": phase["seconds"],
        "cpu": 1e6 * sum(thread["cpu_seconds"] for thread in threads) / jobs,
        "switches": sum(thread["waits"] + thread["preemptions"] for thread in threads) / jobs,
        "load_cpu": 1e6 * phase["load_cpu_seconds"] / jobs,
        "p50": latency["p50"],
        "p99": latency["p99"],
        "p99.9": latency["p99.9"],
        "memory_each": (server["rss_after"] - server["rss_before"]) / jobs,
    }


def drain_metrics(phases: list[Phase]) -> Metrics:
    """Those of the drain, the memory of a queued job, and what is left relative to the memory before."""
    fill, drain = phases
    before = fill["server"]["rss_before"]
    return usual_metrics(drain) | {
        "memory_each": usual_metrics(fill)["memory_each"],
        "memory_left": drain["server"]["rss_after"] / before,
    }


def disturbed_metrics(phases: list[Phase]) -> Metrics:
    """Those beside the disturbance, and how much worse the 99th percentile is than without it."""
    alone, beside = map(usual_metrics, phases)
    return beside | {"worse": beside["p99"] / alone["p99"], "p99_alone": alone["p99"]}


_MANY_THREADS = (
    Limit("cpu", 0.5, "gearmand -t 4", modes=("gearfast -t 4",)),
    Limit("rate", 1.5, "gearmand -t 4", is_least=True, modes=("gearfast -t 4",)),
)


def _costs(of_floor: float, of_gearmand: float, *more: Limit) -> tuple[Limit, ...]:
    """At most so many times the floor's CPU time, at least so many times gearmand's jobs a second."""
    against_gearmand = Limit("rate", of_gearmand, "gearmand", is_least=True)
    return Limit("cpu", of_floor, "floor"), against_gearmand, *more, *_MANY_THREADS


# A mode that records beside the same mode that does not.
_RECORDED = tuple(
    Limit("rate", 0.97, f"gearfast -t {threads}", is_least=True, modes=(f"recording -t {threads}",))
    for threads in (0, 1, 2)
)

_JOBS = ("rate", "cpu", "switches", "p50", "p99", "p99.9")
_QUEUE = (*_JOBS, "memory_each", "memory_left")
_PIPELINED = ("submit", "--clients", "8", "--depth", "100")
_QUIET = ("--clients", "1", "--depth", "16", "--workers", "1")

ROWS = (
    Row(
        "submit",
        "Background submit, pipelined",
        _PIPELINED,
        ("--jobs", 1_000_000, 100_000),
        _JOBS,
        _costs(2.5, 5),
        ALL,
    ),
    Row(
        "uniques",
        "The same with unique keys",
        (*_PIPELINED, "--uniques"),
        ("--jobs", 400_000, 50_000),
        _JOBS,
        _costs(3, 25),
        slow=("gearmand",),
    ),
    Row(
        "work",
        "Background submit and work at once",
        ("work", "--clients", "8", "--depth", "100", "--workers", "8"),
        ("--jobs", 200_000, 30_000),
        _JOBS,
        _costs(1.25, 3),
        ALL,
    ),
    Row(
        "steady",
        "The same, with at most 128 jobs waiting",
        ("steady", "--clients", "8", "--depth", "16", "--workers", "8"),
        ("--jobs", 200_000, 30_000),
        _JOBS,
        (),
        ALL,
    ),
    Row(
        "drain",
        "Drain a queue of 400,000",
        ("drain", "--clients", "8", "--depth", "100", "--workers", "8"),
        ("--jobs", 400_000, 50_000),
        _QUEUE,
        _costs(1.25, 10, Limit("memory_each", 256)),
        ALL,
        metrics=drain_metrics,
        slow=("gearmand",),
    ),
    Row(
        "drain-4m",
        "Drain a queue of 4,000,000",
        ("drain", "--clients", "8", "--depth", "100", "--workers", "8"),
        ("--jobs", 4_000_000, 400_000),
        _QUEUE,
        (Limit("cpu", 1.25, "floor"), Limit("memory_each", 256), Limit("memory_left", 1.2)),
        ("floor", "gearfast"),
        metrics=drain_metrics,
        slow=("floor", "gearfast"),
    ),
    Row(
        "foreground",
        "Foreground, 8 clients x 16 in flight, 8 workers",
        ("foreground", "--clients", "8", "--depth", "16", "--workers", "8"),
        ("--jobs", 200_000, 30_000),
        _JOBS,
        _costs(1.25, 1.8),
    ),
    Row(
        "crowd",
        "Foreground, 200 clients, 200 workers, 50 functions",
        ("foreground", "--clients", "200", "--depth", "1", "--workers", "200", "--functions", "50"),
        ("--jobs", 100_000, 20_000),
        _JOBS,
        _costs(1.3, 2),
    ),
    Row(
        "64k",
        "Foreground, 64 KiB workloads",
        ("foreground", "--clients", "8", "--depth", "4", "--workers", "8", "--payload", "65536"),
        ("--jobs", 20_000, 4_000),
        _JOBS,
        (Limit("cpu", 1.1, "floor"), *_MANY_THREADS),
    ),
    Row(
        "single",
        "Foreground, one at a time",
        ("foreground", "--clients", "1", "--depth", "1", "--workers", "1"),
        ("--jobs", 50_000, 10_000),
        _JOBS,
        (Limit("p50", 1.1, "floor", modes=("gearfast -t 0",)), *_MANY_THREADS),
    ),
    Row(
        "durable",
        "Kept in SQLite: background submit, pipelined",
        ("submit", "--clients", "8", "--depth", "64"),
        ("--seconds", 5, 1),
        _JOBS,
        (Limit("rate", 100_000, is_least=True), Limit("rate", 100, "gearmand", is_least=True)),
        KEEPING,
    ),
    Row(
        "durable-steady",
        "Kept in SQLite: submit and work, at most 128 jobs waiting",
        ("steady", "--clients", "8", "--depth", "16", "--workers", "8"),
        ("--seconds", 5, 1),
        _JOBS,
        (Limit("rate", 50, "gearmand", is_least=True),),
        KEEPING,
    ),
    Row(
        "durable-single",
        "Kept in SQLite: background submit, one at a time",
        ("submit", "--clients", "1", "--depth", "1"),
        ("--seconds", 5, 1),
        _JOBS,
        (Limit("p50", 1.3, "bare commit"),),
        (*KEEPING, "bare commit"),
    ),
    *(
        Row(
            f"durable-{store}",
            f"Kept in {title}: background submit with unique keys, pipelined",
            ("submit", "--clients", "8", "--depth", "64", "--uniques"),
            ("--seconds", 5, 1),
            _JOBS,
            () if store == "libtokyocabinet" else (Limit("rate", 20_000, is_least=True),),
            (f"gearfast {store}", f"gearmand {store}"),
        )
        for store, title in KEPT_IN.items()
    ),
    Row(
        "async",
        "Kept in SQLite soon (--durability async), beside not at all: background submit, pipelined",
        ("submit", "--clients", "8", "--depth", "64"),
        ("--jobs", 500_000, 100_000),
        _JOBS,
        (Limit("rate", 0.75, IN_MEMORY, is_least=True, modes=(f"{IN_MEMORY} sqlite async",)),),
        (IN_MEMORY, "gearfast sqlite async"),
    ),
    Row(
        "foreground-beside",
        "Foreground with a store configured, beside without",
        ("foreground", "--clients", "8", "--depth", "16", "--workers", "8"),
        ("--jobs", 200_000, 30_000),
        _JOBS,
        (Limit("rate", 0.95, IN_MEMORY, is_least=True, modes=(f"{IN_MEMORY} sqlite",)),),
        (IN_MEMORY, f"{IN_MEMORY} sqlite"),
    ),
    Row(
        "record-submit",
        "Recorded: background submit, pipelined",
        _PIPELINED,
        ("--jobs", 1_000_000, 100_000),
        _JOBS,
        _RECORDED,
        RECORDING,
    ),
    Row(
        "record-foreground",
        "Recorded: foreground, 8 clients x 16 in flight, 8 workers",
        ("foreground", "--clients", "8", "--depth", "16", "--workers", "8"),
        ("--jobs", 200_000, 30_000),
        _JOBS,
        _RECORDED,
        RECORDING,
    ),
    Row(
        "connections",
        "9,000 connections at once",
        ("connections",),
        ("--peers", 9_000, 9_000),
        ("seconds", "cpu", "memory_each"),
        (Limit("seconds", 0.5), Limit("memory_each", 1024)),
    ),
    Row(
        "registrations",
        "50 jobs/s beside 500 workers that register 2,000 functions each and reconnect",
        ("registrations", *_QUIET, "--rate", "50", "--peers", "500", "--bulk", "2000", "--seconds", "2"),
        ("--rounds", 6, 2),
        ("p50", "p99", "p99.9", "p99_alone"),
        (Limit("p99", 5000),),
        metrics=disturbed_metrics,
        slow=("gearmand",),
    ),
    Row(
        "greedy",
        "1,000 jobs/s beside a client that submits 1,000,000 at once",
        ("greedy", *_QUIET, "--rate", "1000", "--seconds", "1"),
        ("--bulk", 1_000_000, 1_000_000),
        ("p50", "p99", "p99.9", "p99_alone"),
        (Limit("p99", 10_000, modes=TIMED_MODES),),
        ("gearfast", "gearmand"),
        metrics=disturbed_metrics,
    ),
    Row(
        "large",
        "2,000 jobs/s beside a job with a result of 200 MB",
        ("large", *_QUIET, "--rate", "2000", "--seconds", "1", "--bulk", "200000000", "--chunk", "1000000"),
        ("--rounds", 5, 2),
        ("p50", "p99", "p99.9", "p99_alone", "worse"),
        (Limit("worse", 2),),
        ("gearfast", "gearmand"),
        metrics=disturbed_metrics,
    ),
)
