"""A Locust user that submits what one client of a mix does."""

from __future__ import annotations

import random
import time
from typing import Any

import gevent
from locust import task
from locust.exception import StopUser

from gearfast.mix.plan import Job, schedule
from gearfast.mix.stamps import workload
from gearfast.swarm.options import mix_of
from gearfast.swarm.user import GearmanUser


class MixUser(GearmanUser):
    """One of the mix's clients: so many users as it has connections are the mix once.

    Where clients come and go, it closes its connections as often as one of them was opened.
    """

    def on_start(self) -> None:
        mix = mix_of(self.environment.parsed_options)
        clients = mix.clients
        self._began = time.time()
        self._plan = schedule(mix, 1 / clients.connections, random.Random())
        self._stay = clients.connections / clients.opened_per_second if clients.opened_per_second else 0.0
        self._leaves = self._began + self._stay

    @task
    def play(self) -> None:
        """The next job, when it is due; a mix without any ends its users."""
        found = next(self._plan, None)
        if found is None:
            raise StopUser
        at, job = found
        due = self._began + at
        gevent.sleep(max(0.0, due - time.time()))
        self._leave_in_time()
        data = workload(job.size, due + job.delay)
        self.submit(job.function, data, due=due, **_options(job))

    def _leave_in_time(self) -> None:
        if self._stay and time.time() >= self._leaves:
            self.disconnect()
            self._leaves = time.time() + self._stay


def _options(job: Job) -> dict[str, Any]:
    found: dict[str, Any] = {"priority": job.priority, "unique": job.unique}
    if job.delay:
        return {"delay": job.delay, "unique": job.unique}
    return found | {"background": job.background}
