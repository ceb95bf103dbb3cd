"""A Locust user that submits what one client of a mix does."""

from __future__ import annotations

import math
import random
import time
from typing import Any

import gevent
from locust import events, task
from locust.exception import StopUser

from gearfast.mix.plan import Job, schedule
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
        clients = mix.clients
        self._began, self._end = _times(self.environment)
        self._plan = schedule(mix, 1 / clients.connections, random.Random())
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


_started: dict[Any, float] = {}
"""When the run of an environment began."""


@events.test_start.add_listener  # type: ignore[untyped-decorator]
def remember_start(environment: Any, **_: Any) -> None:
    _started[environment] = time.time()


def _times(environment: Any) -> tuple[float, float]:
    """When a user that starts now begins, and when the run ends.

    All users of a steady run begin with it: what is due before the last of them is there comes late, but it
    comes.
    """
    started = _started[environment]
    began = started if isinstance(environment.shape_class, Steady) else time.time()
    return began, started + seconds_of(environment.parsed_options)


def _options(job: Job) -> dict[str, Any]:
    found: dict[str, Any] = {"priority": job.priority, "unique": job.unique}
    if job.delay:
        return {"delay": job.delay, "unique": job.unique}
    return found | {"background": job.background}
