"""What a worker decides, without I/O: from which server it takes the next job, and when it may leave."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable

from gearfast.links.addresses import Address
from gearfast.links.backoff import Backoff
from gearfast.links.link import NEVER, State
from gearfast.protocol.names import text_of
from gearfast.worker.link import Assignment, WorkerLink
from gearfast.worker.tasks import TaskList

log = logging.getLogger("gearfast.worker")


class WorkerCore:
    """Up to `capacity` jobs at a time over all servers; `ready` are those that nobody has begun.

    Servers that may have jobs are asked in turn, so that none waits for another.
    """

    def __init__(
        self,
        addresses: Iterable[Address],
        tasks: TaskList,
        client_id: str | None,
        capacity: int,
        backoff: Backoff,
    ) -> None:
        """Every server is told the tasks first, and the id, if there is one."""
        self.links = [WorkerLink(self, address, backoff) for address in addresses]
        self.tasks = tasks
        self.registration = tasks.registration(client_id)
        self.ready: deque[Assignment] = deque()
        self.stopping = False
        self.done = 0
        self._capacity = capacity
        self._held = 0
        self._turn = 0

    def refill(self) -> None:
        """Grab as many jobs as there is room for; links whose servers have none go to sleep."""
        if self.stopping:
            return
        room = self._capacity - self._held - sum(link.grabbing for link in self.links)
        while room > 0 and (link := self._next_link()) is not None:
            link.grab()
            room -= 1
        for link in self.links:
            link.sleep_if_dry()

    def assigned(self, job: Assignment) -> None:
        """A server gave a job."""
        self._held += 1
        self.ready.append(job)

    def say(self, job: Assignment, packets: bytes) -> bool:
        """Send packets about a job; false if its connection is gone, and with it whoever would listen."""
        if job.current:
            job.link.output += packets
            return True
        return False

    def finish(self, job: Assignment, packets: bytes) -> None:
        """A job has ended; the packets say how."""
        if not self.say(job, packets):
            log.warning("the connection of %s was lost while it was worked on", text_of(job.handle))
        self._held -= 1
        self.done += 1
        self.refill()

    def forget(self, link: WorkerLink) -> None:
        """A connection ended: the server gives its jobs to others, so those not begun are dropped."""
        kept = deque(job for job in self.ready if job.link is not link)
        self._held -= len(self.ready) - len(kept)
        self.ready = kept
        self.refill()

    def stop(self) -> None:
        """Take no more jobs; those that were given are finished."""
        self.stopping = True
        for link in self.links:
            link.wanted = False

    @property
    def quiet(self) -> bool:
        """Whether no job is held and none can come."""
        return self._held == 0 and not any(link.owed for link in self.links)

    @property
    def registered(self) -> bool:
        """Whether a server knows the tasks, and every other one does, too, or can't be reached."""
        settled = all(link.registered or link.failures for link in self.links)
        return settled and any(link.registered for link in self.links)

    @property
    def running(self) -> int:
        """How many jobs have been begun and are not done; another thread may be told one too many."""
        return max(0, self._held - len(self.ready))

    def leave(self) -> None:
        """Take leave of all servers; `quiet` is true again when they know."""
        for link in self.links:
            if link.state is State.OPEN:
                link.leave()

    def tick(self, now: float, heartbeat: float) -> None:
        """Ask servers that were silent for `heartbeat` seconds whether they are there."""
        for link in self.links:
            if link.state is State.OPEN and not link.owed and now - link.moved_at >= heartbeat:
                link.ping()

    def silent(self, now: float, answer_timeout: float) -> list[WorkerLink]:
        """The links whose servers owe an answer for too long."""
        return [link for link in self.links if link.owed and now - link.moved_at >= answer_timeout]

    def next_deadline(self, heartbeat: float, answer_timeout: float) -> float:
        """When `tick` or `silent` has something to do at the earliest."""
        open_links = [link for link in self.links if link.state is State.OPEN]
        waits = [link.moved_at + (answer_timeout if link.owed else heartbeat) for link in open_links]
        return min(waits, default=NEVER)

    def _next_link(self) -> WorkerLink | None:
        """The next link, after the one that grabbed last, whose server may have a job."""
        for _ in self.links:
            self._turn = (self._turn + 1) % len(self.links)
            if self.links[self._turn].may_grab:
                return self.links[self._turn]
        return None
