"""From events to a mix."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

import pytest

from gearfast.mix import Distribution, parse
from gearfast.mix.gather import NoJobsError, gather
from gearfast.mix.schema import dumps
from gearfast.mix.show import comparison, table
from gearfast.recording import Ending, Event, Kind, Submit

NORMAL = 1


def event(
    at: float,
    kind: Kind,
    *,
    peer: int = 0,
    function: str = "f",
    detail: int = 0,
    size: int = 0,
    us: int | None = None,
) -> Event:
    return Event(at, kind, detail, peer, function, 1, size, us, None, None)


def submits(times: Iterable[float], **fields: Any) -> list[Event]:
    return [event(at, Kind.SUBMIT, **{"detail": NORMAL, **fields}) for at in times]


def test_nobody_submitted() -> None:
    with pytest.raises(NoJobsError):
        gather([event(1.0, Kind.CONNECT)])


def test_shares_and_rates() -> None:
    events = [
        event(index / 100, Kind.SUBMIT, function="abcd"[index % 4], detail=NORMAL) for index in range(1000)
    ]
    mix = gather([*events, event(10.0, Kind.GONE)])
    assert mix.seconds == 10
    assert mix.jobs_per_second == 100
    assert {name: function.share for name, function in mix.functions.items()} == dict.fromkeys("abcd", 0.25)


def test_details_of_submits() -> None:
    events = [
        *submits([0.1] * 4, detail=0 | Submit.BACKGROUND, size=10),
        *submits([0.2] * 3, detail=2 | Submit.UNIQUE | Submit.JOINED, size=1_234_567),
        *submits([0.3] * 2, detail=NORMAL | Submit.UNIQUE),
        *submits([1.0], detail=NORMAL | Submit.BACKGROUND | Submit.DELAYED, us=60),
    ]
    function = gather(events).functions["f"]
    assert (function.high, function.low, function.background) == (0.4, 0.3, 0.5)
    assert (function.uniques, function.joined, function.delayed) == (0.5, 0.3, 0.1)
    assert function.delay_seconds == Distribution.always(60)
    assert [function.payload_bytes.at(share) for share in (0.3, 0.7, 1.0)] == [0, 10, 1_230_000]


def test_runs() -> None:
    endings = [Ending.COMPLETE] * 6 + [Ending.FAIL, Ending.EXCEPTION, Ending.LOST, Ending.UNWANTED]
    events = [*submits([0.0] * 8), *(event(0.5, Kind.UPDATE) for _ in range(16))]
    events += [event(1.0, Kind.END, detail=ending, size=100, us=2500) for ending in endings]
    function = gather(events).functions["f"]
    assert function.failures == 0.25
    assert function.updates == 2.0
    assert function.run_ms == Distribution.always(2.5)
    assert function.result_bytes == Distribution.always(100)


def test_arrivals() -> None:
    chance = random.Random(1)

    def burstiness(times: list[float]) -> float:
        return gather([*submits(sorted(times)), event(100.0, Kind.GONE)]).functions["f"].arrivals.burstiness

    steady = [index / 100 for index in range(10_000)]
    assert burstiness(steady) < 0.1
    by_chance = [chance.uniform(0, 100) for _ in range(10_000)]
    assert 0.8 < burstiness(by_chance) < 1.25
    assert 8 < burstiness([time for time in by_chance[:1000] for _ in range(10)]) < 12
    ramp = gather([*submits([5.0] * 100 + [55.0] * 300), event(60.0, Kind.GONE)]).functions["f"].arrivals
    assert ramp.step_seconds == 1
    assert (ramp.shape[5], ramp.shape[55], sum(ramp.shape)) == (15, 45, 60)


def test_a_recording_of_a_century() -> None:
    """What is counted takes as much memory as there are jobs, however far apart."""
    mix = gather(submits([0.0, 1.5e9, 3e9]))
    assert len(mix.functions["f"].arrivals.shape) <= 61
    assert list(parse(dumps(mix)).functions) == ["f"]


def test_connections() -> None:
    events = [
        event(0.0, Kind.CONNECT, peer=1, detail=1),
        event(0.0, Kind.REGISTER, peer=1, function="f"),
        event(0.0, Kind.REGISTER, peer=1, function="g"),
        event(1.0, Kind.CONNECT, peer=2),
        event(1.0, Kind.REGISTER, peer=2, function="f"),
        event(1.0, Kind.START, peer=2),
        event(2.0, Kind.GONE, peer=2),
        event(2.0, Kind.CONNECT, peer=2),
        event(2.0, Kind.REGISTER, peer=2, function="f"),
        event(2.0, Kind.UNREGISTER, peer=1, function="g"),
        event(2.0, Kind.RESET, peer=1, function=""),
        event(3.0, Kind.CONNECT, peer=3),
        *submits([3.0], peer=3),
        event(10.0, Kind.GONE, peer=3),
    ]
    mix = gather(events)
    assert (mix.clients.connections, mix.clients.opened_per_second) == (1, 0.1)
    assert (mix.workers.connections, mix.workers.opened_per_second) == (2, 0.2)
    assert mix.functions["f"].workers == 2
    assert mix.workers.functions_each == Distribution.of_values({1: 2, 2: 1})
    assert mix.workers.jobs_each == Distribution.of_values({0: 2, 1: 1})


def test_skipped_events_are_counted_and_told() -> None:
    mix = gather([event(0.0, Kind.SKIPPED, size=7), *submits([1.0])])
    assert mix.skipped == 7
    assert "7 events were skipped" in table(mix)


def test_tables() -> None:
    one = gather(submits([0.5, 1.0], size=2048))
    other = gather(
        [*submits([0.5, 1.0, 1.0, 1.0], size=4096), event(1.0, Kind.SUBMIT, function="g", detail=1)]
    )
    shown = table(one).splitlines()
    assert shown[0] == "1 s, 2 jobs/s, 1 functions"
    assert shown[-1].split()[:4] == ["f", "100", "%", "2"]
    compared = [line.split() for line in comparison(one, other).splitlines()]
    assert ["all", "jobs/s", "2", "5", "2.50"] in compared
    assert ["f", "in", "p50", "2K", "4K", "2.00"] in compared
    assert ["g", "is", "in", "B"] in compared
