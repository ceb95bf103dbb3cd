"""Ten thousand jobs for each server and kind of client, on a network that fails at random.

What has to hold: each job that was acknowledged has an outcome that its client knows; no job is submitted
again once it was acknowledged; a job is given to a worker again only if the connection of the one that had it
was lost.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from gearfast import AsyncClient, AsyncWorker, Backoff, Client, Job, JobLostError, Worker, WorkerJob
from gearfast.client.jobs import JobRecord
from gearfast.client.link import ClientLink
from gearfast.client.requests import Request
from tests.libraries.mortal import lives
from tests.libraries.working import working
from tests.protocol.server import Counts, Server
from tests.support.faulty_proxy import Chance, FaultyProxy
from tests.support.patience import eventually

SOON = Backoff(first=0.01, longest=0.05)
JOBS = 10_000
AT_ONCE = 200
A_FEW = 20

pytestmark = pytest.mark.timeout(300)


def bad_network(port: int, seed: int) -> FaultyProxy:
    return FaultyProxy(port, Chance(seed, reset=0.01, close=0.01, stall=0.05, split=0.2))


class Ledger:
    """What workers did: runs by handle, with the connection that each came over."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.runs: dict[str, list[tuple[str, int]]] = {}
        self.data: dict[str, bytes] = {}

    def work(self, job: WorkerJob) -> bytes:
        """The task: its result is the data backwards."""
        with self._lock:
            place = (threading.current_thread().name, job.connection)
            self.runs.setdefault(job.handle, []).append(place)
            assert self.data.setdefault(job.handle, job.data) == job.data
        data: bytes = job.data
        return data[::-1]

    async def async_work(self, job: WorkerJob) -> bytes:
        await asyncio.sleep(0)
        return self.work(job)

    def check(self) -> None:
        """No connection brought a job twice: each further run had its cause in a lost connection."""
        for handle, places in self.runs.items():
            assert len(set(places)) == len(places), (handle, places)


@pytest.fixture
def submissions(monkeypatch: pytest.MonkeyPatch) -> Counter[JobRecord]:
    """How often each job was sent; fails at once for one that was acknowledged before."""
    counts: Counter[JobRecord] = Counter()
    send, send_all = ClientLink.send, ClientLink.send_all

    def count(request: Request) -> None:
        if isinstance(request, JobRecord):
            assert not request.accepted
            assert not request.settled
            counts[request] += 1

    def watched(link: ClientLink, request: Request, now: float) -> None:
        count(request)
        send(link, request, now)

    def all_watched(link: ClientLink, jobs: Sequence[JobRecord], now: float) -> None:
        for job in jobs:
            count(job)
        send_all(link, jobs, now)

    monkeypatch.setattr(ClientLink, "send", watched)
    monkeypatch.setattr(ClientLink, "send_all", all_watched)
    return counts


@contextmanager
def workers(server: Server, function: str, ledger: Ledger) -> Iterator[FaultyProxy]:
    """Two threads that work over a bad network of their own."""
    with bad_network(server.port, 2) as proxy:
        worker = Worker(("127.0.0.1", proxy.port), threads=2, prefetch=10, backoff=SOON, answer_timeout=5)
        worker.task(function)(ledger.work)
        with working(worker):
            yield proxy


def test_foreground_jobs(server: Server, submissions: Counter[JobRecord]) -> None:
    function, ledger = server.fresh().decode(), Ledger()
    outcomes: Counter[str] = Counter()
    with bad_network(server.port, 1) as proxy, workers(server, function, ledger) as behind:
        with Client(("127.0.0.1", proxy.port), backoff=SOON, answer_timeout=5, timeout=60) as client:
            for begin in range(0, JOBS, AT_ONCE):
                items = [b"%d" % number for number in range(begin, begin + AT_ONCE)]
                if begin % (2 * AT_ONCE):
                    jobs = [client.submit(function, item, wait=False) for item in items]
                else:
                    jobs = client.submit_many(function, items)
                for number, job in enumerate(jobs, begin):
                    outcomes[ended(number, job)] += 1
        assert min(proxy.connections, behind.connections) > 3
    assert outcomes.total() == JOBS
    assert outcomes["done"] > JOBS / 4
    assert len(submissions) == JOBS
    ledger.check()


def ended(number: int, job: Job) -> str:
    """How the job ended; a result must be right."""
    try:
        result = job.result()
    except JobLostError:
        return "lost"
    assert result == (b"%d" % number)[::-1]
    return "done"


async def ended_async(client: AsyncClient, function: str, number: int) -> str:
    """How a job with this number ended; a result must be right."""
    try:
        result = await client.call(function, b"%d" % number)
    except JobLostError:
        return "lost"
    assert result == (b"%d" % number)[::-1]
    return "done"


def test_background_jobs(server: Server, submissions: Counter[JobRecord]) -> None:
    function, ledger = server.fresh().decode(), Ledger()
    with bad_network(server.port, 3) as proxy, workers(server, function, ledger):
        with Client(("127.0.0.1", proxy.port), backoff=SOON, answer_timeout=5) as client:
            jobs: list[Job] = []
            for begin in range(0, JOBS, A_FEW):
                items = [b"%d" % number for number in range(begin, begin + A_FEW)]
                jobs += client.submit_many(function, items, background=True)
        assert proxy.connections > 1
        eventually(lambda: server.counts(function.encode()), _all_done, "all jobs to be done")
    assert all(job.error is None for job in jobs)
    for number, job in enumerate(jobs):
        assert job.handle is not None
        assert ledger.data[job.handle] == b"%d" % number
    unacknowledged = set(ledger.data) - {job.handle for job in jobs}
    assert len(unacknowledged) <= submissions.total() - JOBS
    ledger.check()


def _all_done(counts: Counts | None) -> bool:
    return counts is not None and counts.total == 0


def test_asyncio(server: Server, submissions: Counter[JobRecord]) -> None:
    function, ledger = server.fresh().decode(), Ledger()
    outcomes: Counter[str] = Counter()

    async def main(front: FaultyProxy, behind: FaultyProxy) -> None:
        worker = AsyncWorker(
            ("127.0.0.1", behind.port), concurrency=20, prefetch=10, backoff=SOON, answer_timeout=5
        )
        worker.task(function)(ledger.async_work)
        working = asyncio.create_task(worker.run(signals=False))
        address = ("127.0.0.1", front.port)
        async with AsyncClient(address, backoff=SOON, answer_timeout=5, timeout=60) as client:

            async def submit(numbers: range) -> None:
                for number in numbers:
                    outcomes[await ended_async(client, function, number)] += 1

            await asyncio.gather(*(submit(range(first, JOBS, AT_ONCE)) for first in range(AT_ONCE)))
        worker.stop()
        await working

    with bad_network(server.port, 5) as front, bad_network(server.port, 6) as behind:
        asyncio.run(main(front, behind))
        assert min(front.connections, behind.connections) > 3
    assert outcomes.total() == JOBS
    assert outcomes["done"] > JOBS / 4
    assert len(submissions) == JOBS
    ledger.check()


def test_servers_that_are_killed_and_replaced(server: Server, submissions: Counter[JobRecord]) -> None:
    """Two of them, neither of which lives long. A new one gives handles that the old one gave, too."""
    outcomes: Counter[str] = Counter()
    with lives(server.flavour, 0.1) as one, lives(server.flavour, 0.15) as two:
        addresses = [("127.0.0.1", proxy.port) for proxy in (one, two)]
        worker = Worker(addresses, threads=2, backoff=SOON, answer_timeout=5)
        worker.task("f")(lambda job: job.data[::-1])
        with (
            working(worker),
            Client(addresses, choose="round-robin", backoff=SOON, answer_timeout=5, timeout=60) as client,
        ):
            for begin in range(0, JOBS, AT_ONCE):
                numbers = range(begin, begin + AT_ONCE)
                jobs = [client.submit("f", b"%d" % number, wait=False) for number in numbers]
                for number, job in zip(numbers, jobs, strict=True):
                    outcomes[ended(number, job)] += 1
        assert min(one.connections, two.connections) > 3
    assert outcomes.total() == JOBS
    assert outcomes["done"] > JOBS / 4
    assert len(submissions) == JOBS
