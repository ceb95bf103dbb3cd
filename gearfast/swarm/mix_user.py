"""A Locust user that submits what one client of a mix does."""

from __future__ import annotations

import math
import random
import time
from dataclasses import dataclass
from typing import Any

import gevent
from locust import events, task
from locust.exception import StopUser

from gearfast.mix.plan import Job, Jobs, jobs_of, schedule
from gearfast.mix.stamps import workload
from gearfast.swarm.options import mix_of, seconds_of
from gearfast.swarm.shapes import Steady
from gearfast.swarm.user import GearmanUser


class MixUser(GearmanUser):
    """One of the mix's clients: so many users as it has connections are the mix once.

    Where clients come and go, it closes its connections as often as one of them was opened.
    """

    def on_start(self) -> None:
        mix = mix_of(self.environment.parsed_options)
        clients, run = mix.clients, _runs[self.environment]
        self._began, self._end = _times(self.environment, run)
        self._plan = schedule(mix, 1 / clients.connections, run.jobs, run.chance)
        self._stay = clients.connections / clients.opened_per_second if clients.opened_per_second else 0.0
        self._leaves = self._began + self._stay

    @task
    def play(self) -> None:
        """The next job, when it is due; after the last one of the run the user ends."""
        at, job = next(self._plan, (math.inf, None))
        due = self._began + at
        if job is None or due >= self._end:
            raise StopUser
        gevent.sleep(max(0.0, due - time.time()))
        self._leave_in_time()
        data = workload(job.size, due + job.delay)
        self.submit(job.function, data, due=due, **_options(job))

    def _leave_in_time(self) -> None:
        if self._stay and time.time() >= self._leaves:
            self.disconnect()
            self._leaves = time.time() + self._stay


@dataclass(frozen=True)
class _Run:
    """What all users of one process share."""

    started: float
    chance: random.Random
    jobs: dict[str, Jobs]


_runs: dict[Any, _Run] = {}
"""By environment, its last one."""


@events.test_start.add_listener  # type: ignore[untyped-decorator]
def begin_run(environment: Any, **_: Any) -> None:
    chance = random.Random()
    _runs[environment] = _Run(time.time(), chance, jobs_of(mix_of(environment.parsed_options), chance))


def _times(environment: Any, run: _Run) -> tuple[float, float]:
    """When a user that starts now begins, and when the run ends.

    All users of a steady run begin with it: what is due before the last of them is there comes late, but it
    comes.
    """
    began = run.started if isinstance(environment.shape_class, Steady) else time.time()
    return began, run.started + seconds_of(environment.parsed_options)


def _options(job: Job) -> dict[str, Any]:
    found: dict[str, Any] = {"priority": job.priority, "unique": job.unique}
    if job.delay:
        return {"delay": job.delay, "unique": job.unique}
    return found | {"background": job.background}
