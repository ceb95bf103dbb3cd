"""The jobs that a mix stands for: as many, as large and as bursty as it says."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice, takewhile

import pytest

from gearfast.mix import Arrivals, Clients, Distribution, Function, Mix
from gearfast.mix.plan import Job, Jobs, Runs, due_times, jobs_of, schedule
from gearfast.mix.stamps import age_of, workload
from gearfast.mix.tally import ArrivalTally
from gearfast.mix.times import Times

FUNCTION = Function(
    share=1.0,
    high=0.2,
    low=0.3,
    background=0.6,
    uniques=0.4,
    joined=0.1,
    delayed=0.15,
    delay_seconds=Distribution.always(60),
    payload_bytes=Distribution.of_percentiles({0: 0, 50: 1000, 100: 5000}),
    result_bytes=Distribution.of_values({10: 0.9, 1000: 0.1}),
    run_ms=Distribution.of_values({2: 0.5, 4: 0.5}),
    failures=0.05,
    updates=1.5,
)


def of_client(mix: Mix, share: float, seed: int = 1) -> Iterator[tuple[float, Job]]:
    """The schedule of one that shares no jobs with others."""
    chance = random.Random(seed)
    return schedule(mix, share, jobs_of(mix, chance), chance)


def test_few_jobs_have_the_shares_already() -> None:
    jobs = Jobs("f", FUNCTION, random.Random(1))
    taken = [jobs.next() for _ in range(400)]
    for share, wanted in (
        (sum(job.priority == "high" for job in taken), 0.2),
        (sum(job.priority == "low" for job in taken), 0.3),
        (sum(job.background for job in taken), 0.6),
        (sum(job.unique is not None for job in taken), 0.4),
        (sum(job.delay == 60 for job in taken), 0.15),
        (len({job.unique for job in taken if job.unique}), 0.3),
        (sum(job.size <= 1000 for job in taken), 0.5),
    ):
        assert share / 400 == pytest.approx(wanted, abs=0.02)


def test_few_runs_have_the_shares_already() -> None:
    runs = Runs(FUNCTION, random.Random(1))
    for total, wanted in (
        (sum(runs.seconds() for _ in range(400)), 0.003),
        (sum(runs.result_size() for _ in range(400)), 109),
        (sum(runs.fails() for _ in range(400)), 0.05),
        (sum(runs.updates() for _ in range(400)), 1.5),
    ):
        assert total / 400 == pytest.approx(wanted, rel=0.1)


@pytest.mark.parametrize("burstiness", [0.0, 0.5, 1.0, 6.0])
def test_bursts_come_back(burstiness: float) -> None:
    tally = ArrivalTally()
    arrivals = Arrivals(burstiness=burstiness)
    times = due_times(200.0, arrivals, random.Random(1))
    count = 0
    for at in takewhile(lambda at: at < 200, times):
        tally.add(at)
        count += 1
    found = tally.arrivals(200.0)
    assert count / 40_000 == pytest.approx(1, abs=0.05)
    assert found.burstiness == pytest.approx(burstiness, rel=0.15, abs=0.1)


def test_rate_follows_the_shape_and_begins_anew() -> None:
    times = due_times(100.0, Arrivals(10.0, (0.0, 3.0, 1.0), 0.0), random.Random(1))
    counts = [0] * 6
    for at in takewhile(lambda at: at < 60, times):
        counts[int(at // 10)] += 1
    assert counts[0] == counts[3] == 0
    for count, wanted in zip(counts, (0, 2250, 750) * 2, strict=True):
        assert count == pytest.approx(wanted, rel=0.02)


def test_nothing_at_no_rate() -> None:
    assert list(due_times(0.0, Arrivals(), random.Random(1))) == []
    mix = Mix(1, 10, {"f": Function(1.0), "g": Function(0.0)})
    assert {job.function for _, job in islice(of_client(mix, 1.0), 100)} == {"f"}


def test_rare_jobs_and_large_bursts_take_no_time_to_plan() -> None:
    times = due_times(1e-8, Arrivals(0.001, (0.0, 5e-324)), random.Random(1))
    first, second = next(times), next(times)
    assert 1e5 < first < second
    assert list(due_times(1e-300, Arrivals(), random.Random(1))) == []
    assert next(due_times(1.0, Arrivals(burstiness=1e6), random.Random(1))) >= 0


def test_jobs_that_wait_come_first() -> None:
    functions = {"f": Function(1.0, arrivals=Arrivals(burstiness=0)), "g": Function(0.0, waiting=300)}
    plan = of_client(Mix(60, 10, functions), 1 / 2)
    first = list(islice(plan, 160))
    assert [job.function for _, job in first].count("g") == 150
    assert [at for at, _ in first] == sorted(at for at, _ in first)
    assert first[-1][0] > 1
    alone = {"g": Function(1.0, waiting=4)}
    assert len(list(of_client(Mix(60, 0, alone), 1 / 2))) == 2


def test_clients_share_the_load() -> None:
    even = Arrivals(burstiness=0)
    functions = {"f": Function(0.75, arrivals=even), "g": Function(0.25, arrivals=even)}
    mix = Mix(60, 40, functions, clients=Clients(4))
    jobs = [
        job.function
        for client in range(4)
        for _, job in takewhile(lambda due: due[0] < 60, of_client(mix, 1 / 4, seed=client))
    ]
    assert jobs.count("f") == pytest.approx(1800, abs=20)
    assert jobs.count("g") == pytest.approx(600, abs=20)


def test_few_jobs_of_many_clients_have_the_shares_already() -> None:
    mix = Mix(4, 100, {"f": FUNCTION}, clients=Clients(40))
    chance = random.Random(1)
    shared = jobs_of(mix, chance)
    clients = [schedule(mix, 1 / 40, shared, chance) for _ in range(40)]
    taken = [job for client in clients for _, job in islice(client, 10)]
    for share, wanted in (
        (sum(job.priority == "high" for job in taken), 0.2),
        (sum(job.background for job in taken), 0.6),
        (sum(job.unique is not None for job in taken), 0.4),
    ):
        assert share / 400 == pytest.approx(wanted, abs=0.01)


def test_stamps() -> None:
    assert [len(workload(size, 5.0)) for size in (0, 15, 16, 17, 1000)] == [0, 15, 16, 17, 1000]
    assert age_of(workload(100, 5.0), 7.5) == 2.5
    assert age_of(workload(15, 5.0), 7.5) is None
    assert age_of(b"", 7.5) is None


def test_times() -> None:
    times = Times()
    for milliseconds in range(1, 1001):
        times.add(milliseconds / 1000)
    times.add(None)
    assert len(times) == 1000
    for share in (0.5, 0.99, 0.999, 1.0):
        assert times.at(share) == pytest.approx(share, rel=0.01)
    assert Times().at(0.5) == 0
