"""What is counted: each scenario alone, or as a series in which one thing grows and the cost should not."""

from __future__ import annotations

from dataclasses import dataclass, replace

JOBS = 2_000


@dataclass(frozen=True)
class Scenario:
    """One run of counted.c."""

    name: str
    kind: str
    options: tuple[tuple[str, int], ...]

    def arguments(self) -> list[str]:
        return [self.kind, *(f"{name}={value}" for name, value in self.options)]


@dataclass(frozen=True)
class Series:
    """Scenarios that differ only in a size, from the smallest to the greatest."""

    title: str
    sizes: tuple[int, ...]
    scenarios: tuple[Scenario, ...]
    is_flat: bool = True  # a greater size may not cost more


def _alone(name: str, kind: str, **options: int) -> Scenario:
    return Scenario(name, kind, tuple(options.items()))


def _job(name: str, **options: int) -> Scenario:
    return _alone(name, "jobs", count=JOBS, **options)


def _series(title: str, kind: str, grows: str, *sizes: int, **options: int) -> Series:
    """Each option that `grows` names gets the size."""

    def scenario(size: int) -> Scenario:
        return _alone(f"{title}: {size:,}", kind, **options, **dict.fromkeys(grows.split(), size))

    return Series(title, sizes, tuple(map(scenario, sizes)))


def _jobs(title: str, grows: str, *sizes: int, **options: int) -> Series:
    return _series(title, "jobs", grows, *sizes, count=JOBS, **options)


SINGLE = (
    _job("foreground job"),
    _job("background job", background=1),
    _job("foreground job with unique", unique=1),
    _job("background job with unique", background=1, unique=1),
    _job("foreground job with time-out", timeout=1),
    _job("foreground job, recorded", recorded=1),
    _job("background job, recorded", background=1, recorded=1),
    _alone("background submit", "submits", background=1, count=JOBS),
    _alone("background submit, recorded", "submits", background=1, recorded=1, count=JOBS),
    _alone("block of 64 bytes", "blocks", count=10_000),
    _alone("block of 64 bytes, 1,000 held", "blocks", held=1_000, count=10_000),
    _alone("block of 5,000 bytes", "blocks", size=5_000, count=10_000),
    _alone("event through a ring", "ring", count=10_000),
    _alone("event through a ring, 64 at a time", "ring", batch=64, count=64_000),
    _alone("event through a lane", "lane", count=10_000),
    _alone("event through a lane, 64 at a time", "lane", batch=64, count=64_000),
)

SERIES = (
    _jobs("foreground job, waiting", "waiting", 1, 100_000, 4_000_000),
    _jobs("background job, waiting", "waiting", 1, 100_000, 4_000_000, background=1),
    _jobs("foreground job with unique, waiting", "waiting", 1, 100_000, 1_000_000, unique=1),
    _jobs("foreground job, delayed", "delayed", 0, 100_000, 1_000_000),
    _jobs("foreground job, sleeping workers", "sleepers", 1, 100, 10_000),
    _jobs("foreground job, functions of the worker", "functions", 1, 10, 2_000),
    _jobs("foreground job, functions of the worker, all with jobs", "functions waiting", 1, 10, 2_000),
    _jobs("foreground job, functions of 100 sleeping workers", "functions", 1, 10, 2_000, sleepers=100),
    _series(
        "GRAB_JOB in vain, functions of the worker, as many others with jobs",
        "vain-grabs",
        "functions waiting",
        1,
        10,
        2_000,
        count=JOBS,
    ),
    _series("CAN_DO, other workers that can", "registrations", "registered", 0, 10, 500, functions=2_000),
    _series("function given up, others that can", "departure", "registered", 0, 10, 500, functions=2_000),
    _series("table entry in, found, out", "table", "entries", 1_000, 100_000, 1_000_000, scattered=1),
    replace(
        _series("timer armed, cancelled", "timers", "entries", 0, 1_000, 1_000_000, count=10_000),
        is_flat=False,
    ),
)

ALL = (*SINGLE, *(scenario for series in SERIES for scenario in series.scenarios))
