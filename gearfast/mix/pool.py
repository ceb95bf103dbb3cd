"""Simulated workers: they register what a mix says, and run jobs for the times it says, doing nothing.

All of them live in one event loop, so thousands fit on one machine.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Coroutine

from gearfast.links.addresses import Servers, addresses_of
from gearfast.mix.model import Mix
from gearfast.mix.plan import Runs
from gearfast.mix.silent import be_silent
from gearfast.mix.stamps import age_of, name_of
from gearfast.mix.times import Times
from gearfast.worker.async_worker import AsyncWorker
from gearfast.worker.job import WorkerJob
from gearfast.worker.tasks import TaskFailedError

PLANNED = b"a failure that the mix has planned"
"""A worker warns with this before it fails on purpose."""

NAMES = 5_000_000
"""Most that a report lists: half a gigabyte."""


class Pool:
    """The workers of a mix, `scale` times as many. `done` counts runs by function, `waits` are in seconds.

    A wait is known for jobs whose client stamped them (gearfast.mix.stamps), and counts from when the job was
    due. `jobs` has the names of jobs that were run to an end, as many as `names`; `unlisted` counts the
    others.
    """

    def __init__(
        self, servers: Servers, mix: Mix, *, scale: float = 1.0, names: int = 0, seed: int | None = None
    ) -> None:
        self._servers = servers
        self._mix = mix
        self._chance = random.Random(seed)
        self._runs = {name: Runs(function, self._chance) for name, function in mix.functions.items()}
        self._names = _registrations(mix, scale)
        self._workers: set[AsyncWorker] = set()
        self._end = asyncio.Event()
        self._names_most = names
        self.done: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.waits = Times()
        self.jobs: set[str] = set()
        self.unlisted = 0

    async def run(self) -> None:
        """Until `stop`. A worker that leaves after its jobs is followed by another."""
        await asyncio.gather(*(self._place(names) for names in self._names), *self._silent())

    def stop(self) -> None:
        """Jobs that run are finished first. To be called in the event loop's thread."""
        self._end.set()
        for worker in list(self._workers):
            worker.stop()

    async def _place(self, names: list[str]) -> None:
        while not self._end.is_set():
            worker = self._worker(names)
            self._workers.add(worker)
            try:
                await worker.run(signals=False)
            finally:
                self._workers.discard(worker)

    def _silent(self) -> list[Coroutine[None, None, None]]:
        """Those that are gone registered what some others do, taken evenly."""
        addresses = addresses_of(self._servers)
        count, each = round(self._mix.workers.silent * len(self._names)), len(self._names)
        return [
            be_silent(addresses[index % len(addresses)], self._names[index * each // count], self._end)
            for index in range(count)
        ]

    def _worker(self, names: list[str]) -> AsyncWorker:
        jobs = round(self._mix.workers.jobs_each.at(self._chance.random()))
        worker = AsyncWorker(self._servers, concurrency=1, max_jobs=jobs or None)
        for name in names:
            worker.task(name)(self._work)
        return worker

    async def _work(self, job: WorkerJob) -> bytes:
        self.waits.add(age_of(job.data, time.time()))
        runs = self._runs[job.function]
        await self._pass_time(job, runs.seconds(), runs.updates())
        self._list(name_of(job.unique, job.handle))
        if runs.fails():
            self.failed[job.function] += 1
            job.warn(PLANNED)
            raise TaskFailedError
        self.done[job.function] += 1
        return bytes(runs.result_size())

    def _list(self, name: str) -> None:
        if len(self.jobs) < self._names_most:
            self.jobs.add(name)
        else:
            self.unlisted += 1

    async def _pass_time(self, job: WorkerJob, seconds: float, updates: int) -> None:
        for number in range(updates):
            await asyncio.sleep(seconds / (updates + 1))
            job.progress(number + 1, updates + 1)
        await asyncio.sleep(seconds / (updates + 1))


def _registrations(mix: Mix, scale: float) -> list[list[str]]:
    """What each connection registers: every function as often as the mix says, dealt out in turn."""
    connections = max(1, round(mix.workers.connections * scale))
    dealt: list[list[str]] = [[] for _ in range(connections)]
    at = 0
    for name, function in mix.functions.items():
        for _ in range(min(connections, max(1, round(function.workers * scale)))):
            dealt[at % connections].append(name)
            at += 1
    return [names for names in dealt if names]
