"""The processing thread's work for one job: the core alone, with every event and every effect.

"Busy" is one worker that asks again and again: SUBMIT_JOB, GRAB_JOB, WORK_COMPLETE. "Woken" is a worker that
sleeps between jobs: besides these NOOP, a vain GRAB_JOB and PRE_SLEEP. The cost must not depend on how many
jobs wait or are delayed, how many workers sleep, or how many functions they can do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from benchmarks.native.conftest import Measure

JOBS = (
    512  # of one round; small enough to stay in the processor's caches, as a batch from the I/O threads does
)

Stage = Callable[..., Any]


@pytest.fixture
def stage(modules: dict[str, Any]) -> Iterator[Stage]:
    """stage(waiting=1, …): a core set up as `bench_setting` in drive.h says."""
    drive = modules["drive"]
    stages = []

    def make(**setting: Any) -> Any:
        values = {"functions": 1, "size": 64, **setting}
        made = drive.lib.bench_stage_new(drive.ffi.new("bench_setting *", values))
        assert made, "not enough memory"
        stages.append(made)
        return made

    yield make
    for made in stages:
        drive.lib.bench_stage_free(made)


@pytest.fixture
def measure_jobs(modules: dict[str, Any], stage: Stage, measure: Measure) -> Callable[..., None]:
    lib = modules["drive"].lib

    def measure_setting(**setting: Any) -> None:
        core = stage(**setting)
        prepare = partial(lib.bench_prepare_jobs, core, JOBS)
        measure(partial(lib.bench_run_jobs, core), JOBS, rounds=200, prepare=prepare)

    return measure_setting


def test_foreground_job(measure_jobs: Callable[..., None]) -> None:
    measure_jobs()


def test_background_job(measure_jobs: Callable[..., None]) -> None:
    measure_jobs(background=True)


def test_job_with_unique(measure_jobs: Callable[..., None]) -> None:
    measure_jobs(unique=True)


def test_job_with_timeout(measure_jobs: Callable[..., None]) -> None:
    measure_jobs(timeout=True)


@pytest.mark.parametrize("background", [False, True], ids=["foreground", "background"])
@pytest.mark.parametrize("waiting", [1, 100_000, 4_000_000])
def test_waiting_jobs(measure_jobs: Callable[..., None], waiting: int, background: bool) -> None:
    measure_jobs(waiting=waiting, background=background)


@pytest.mark.parametrize("waiting", [1, 1_000_000])
def test_waiting_jobs_with_uniques(measure_jobs: Callable[..., None], waiting: int) -> None:
    measure_jobs(waiting=waiting, unique=True)


@pytest.mark.parametrize("sleepers", [1, 100, 10_000])
def test_sleeping_workers(measure_jobs: Callable[..., None], sleepers: int) -> None:
    measure_jobs(sleepers=sleepers)


@pytest.mark.parametrize("have_jobs", [False, True], ids=["one-has-jobs", "all-have-jobs"])
@pytest.mark.parametrize("functions", [10, 2_000])
def test_functions_of_a_worker(measure_jobs: Callable[..., None], functions: int, have_jobs: bool) -> None:
    measure_jobs(functions=functions, waiting=functions if have_jobs else 0)


@pytest.mark.parametrize("functions", [10, 2_000])
def test_functions_of_sleeping_workers(measure_jobs: Callable[..., None], functions: int) -> None:
    measure_jobs(functions=functions, sleepers=100)


@pytest.mark.parametrize("delayed", [0, 1_000_000])
def test_delayed_jobs(measure_jobs: Callable[..., None], delayed: int) -> None:
    measure_jobs(delayed=delayed)


@pytest.mark.parametrize("workers", [0, 500])
def test_registrations(modules: dict[str, Any], stage: Stage, measure: Measure, workers: int) -> None:
    """One worker registers for 2,000 functions that so many others can do."""
    lib = modules["drive"].lib
    core = stage(functions=2_000, registered=workers)
    prepare = partial(lib.bench_prepare_registrations, core)
    measure(partial(lib.bench_run_registrations, core), 2_000, prepare=prepare)


@pytest.mark.parametrize("workers", [0, 500])
def test_departure(modules: dict[str, Any], stage: Stage, measure: Measure, workers: int) -> None:
    """One worker leaves who could do 2,000 functions, as so many others can."""
    lib = modules["drive"].lib
    core = stage(functions=2_000, registered=workers)

    def prepare() -> bool:
        return bool(lib.bench_prepare_registrations(core)) and lib.bench_run_registrations(core) == 0

    measure(partial(lib.bench_run_departure, core), 2_000, prepare=prepare)
