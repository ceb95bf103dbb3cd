"""What a client decides, without I/O.

Which server gets a request, what moves to another, what is given up.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from gearfast.client.choice import Policy, failover, policy_of
from gearfast.client.jobs import JobRecord
from gearfast.client.link import ClientLink
from gearfast.client.requests import Request
from gearfast.errors import ConnectionLostError, UnavailableError
from gearfast.links.addresses import Address
from gearfast.links.backoff import Backoff
from gearfast.links.link import NEVER, State


class ClientCore:
    """The links of one client and the requests that have no server yet."""

    def __init__(
        self,
        addresses: Iterable[Address],
        choice: str,
        submit_timeout: float,
        backoff: Backoff,
        exceptions: bool = True,
    ) -> None:
        """A request that finds no server within `submit_timeout` seconds fails; `exceptions` asks servers for
        WORK_EXCEPTION.
        """
        self.exceptions = exceptions
        self.links = [ClientLink(self, address, backoff) for address in addresses]
        self._submit_timeout = submit_timeout
        self._policy: Policy[ClientLink] = policy_of(choice)
        self._alike = len(self.links) == 1 or self._policy is failover
        self._homeless: deque[Request] = deque()

    def submit(self, request: Request, now: float) -> None:
        """Send the request, or keep it until there is a server."""
        request.place_by = now + self._submit_timeout
        link = self._choose(request, now)
        if link is not None:
            link.send(request, now)
        else:
            self._homeless.append(request)

    def submit_all(self, jobs: Sequence[JobRecord], now: float) -> None:
        """`submit` for many new jobs."""
        link = self._choose(jobs[0], now) if self._alike else None
        if link is None:
            for job in jobs:
                self.submit(job, now)
            return
        place_by = now + self._submit_timeout
        for job in jobs:
            job.place_by = place_by
        link.send_all(jobs, now)

    def place_waiting(self, now: float) -> None:
        """Servers came or went: find out who can be served now."""
        homeless, self._homeless = self._homeless, deque()
        for request in homeless:
            link = self._choose(request, now)
            if link is not None:
                link.send(request, now)
            else:
                self._homeless.append(request)

    def place_again(self, unanswered: Iterable[Request], gone: ClientLink, now: float) -> None:
        """A connection ended. What was not acknowledged moves on; what only that server knows fails."""
        movable: list[Request] = []
        for request in unanswered:
            if request.home is gone or not isinstance(request, JobRecord):
                request.failed(ConnectionLostError(f"{gone.address}: {gone.error}"))
            else:
                movable.append(request)
        self._homeless.extendleft(reversed(movable))
        for request in [each for each in self._homeless if each.home is gone]:
            self._homeless.remove(request)
            request.failed(ConnectionLostError(f"{gone.address}: {gone.error}"))
        self.place_waiting(now)

    def tick(self, now: float) -> None:
        """Look for servers for those who have none, and give up on those who waited too long."""
        if not self._homeless:
            return
        self.place_waiting(now)
        late = [request for request in self._homeless if now >= request.place_by]
        if late:
            reasons = "; ".join(f"{link.address}: {link.error or 'not connected yet'}" for link in self.links)
            self._homeless = deque(request for request in self._homeless if now < request.place_by)
            for request in late:
                request.failed(UnavailableError(f"no server could be reached ({reasons})"))

    def next_deadline(self) -> float:
        """When `tick` is needed at the latest."""
        return min((request.place_by for request in self._homeless), default=NEVER)

    def silent(self, now: float, answer_timeout: float) -> list[ClientLink]:
        """The links whose servers owe an answer for too long."""
        return [link for link in self.links if now - link.silent_since() >= answer_timeout]

    def give_up(self, request: Request) -> None:
        """Forget a request that has no server, if it is one."""
        if request in self._homeless:
            self._homeless.remove(request)

    @property
    def unanswered(self) -> int:
        """How many requests are on their way or have no server yet."""
        return len(self._homeless) + sum(link.unanswered for link in self.links)

    def end(self, reason: str) -> None:
        """Fail all that has no server."""
        homeless, self._homeless = self._homeless, deque()
        for request in homeless:
            request.failed(ConnectionLostError(reason))

    def _choose(self, request: Request, now: float) -> ClientLink | None:
        """An open link, else None, and then one that may open is wanted.

        Servers that failed are tried again beside those that work; for one that was not tried yet, or that
        worked until now, a request waits.
        """
        if request.home is not None:
            request.home.wanted = True
            return request.home if request.home.state is State.OPEN else None
        links: Sequence[ClientLink] = self.links
        if len(links) > 1:
            unique = request.submission.unique if isinstance(request, JobRecord) else b""
            links = self._policy(links, unique)
        for link in links:
            if link.state is State.OPEN:
                return link
            link.wanted = True
            if link.failures == 0:
                return None
        return None
