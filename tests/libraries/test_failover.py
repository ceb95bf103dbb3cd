"""Several servers, and connections that end.

What moves to another server, what does not, who is asked when.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from gearfast import (
    AsyncClient,
    AsyncWorker,
    Backoff,
    Client,
    ConnectionLostError,
    JobLostError,
    UnavailableError,
    Worker,
    WorkerJob,
)
from gearfast.client.core import ClientCore
from tests.libraries.mortal import mortal
from tests.libraries.working import PATIENCE_SECONDS, working
from tests.protocol.flavours import STARTERS
from tests.protocol.server import Counts, Server
from tests.protocol.wire import ECHO_REQ, ECHO_RES, SUBMIT_JOB_BG, req, res
from tests.support.faulty_proxy import FaultyProxy
from tests.support.patience import eventually

SOON = Backoff(first=0.01, longest=0.05)


@pytest.fixture
def proxies(server: Server) -> Iterator[list[FaultyProxy]]:
    """Two ways to the server, which look like two servers."""
    with ExitStack() as stack:
        yield [stack.enter_context(FaultyProxy(server.port)) for _ in range(2)]


def addresses(proxies: list[FaultyProxy]) -> list[str]:
    return [f"127.0.0.1:{proxy.port}" for proxy in proxies]


@pytest.fixture
def client(proxies: list[FaultyProxy]) -> Iterator[Client]:
    with Client(addresses(proxies), timeout=60, backoff=SOON) as connected:
        yield connected


@pytest.fixture
def impatient(proxies: list[FaultyProxy]) -> Iterator[Client]:
    """For silent servers. One that works may seem so, too, on a busy machine."""
    with Client(addresses(proxies), timeout=60, backoff=SOON, answer_timeout=1) as connected:
        yield connected


def test_the_first_server_gets_all_while_it_works(
    client: Client, proxies: list[FaultyProxy], function: str
) -> None:
    for _ in range(5):
        client.submit(function, background=True)
    assert [proxy.connections for proxy in proxies] == [1, 0]


def test_another_server_when_the_first_refuses_connections(
    client: Client, proxies: list[FaultyProxy], function: str
) -> None:
    proxies[0].close_door()
    assert client.submit(function, background=True).handle
    assert proxies[1].connections == 1
    proxies[0].open_door()

    def submitted() -> int:
        client.submit(function, background=True)
        return proxies[0].connections

    eventually(submitted, lambda count: count == 1, "the first server to be tried again")


def test_a_job_that_was_not_acknowledged_moves(
    impatient: Client, server: Server, proxies: list[FaultyProxy], function: str
) -> None:
    impatient.echo()
    proxies[0].stall()
    jobs = [impatient.submit(function, b"%d" % number, wait=False) for number in range(3)]
    impatient.flush()
    assert all(job.handle for job in jobs)
    assert proxies[1].connections >= 1
    counts = server.counts(function.encode())
    assert counts is not None
    assert counts.total >= 3


def test_a_job_that_was_acknowledged_is_lost_and_not_submitted_again(
    client: Client, server: Server, proxies: list[FaultyProxy], function: str
) -> None:
    job = client.submit(function, b"x")
    proxies[0].reset()
    with pytest.raises(JobLostError, match="was lost"):
        job.result()
    client.echo()
    eventually(
        lambda: server.counts(function.encode()),
        lambda counts: counts is not None and counts.total == (0 if server.flavour.name == "gearfast" else 1),
        "the job to be abandoned",
    )


def test_questions_about_a_job_go_to_its_server_again(
    client: Client, proxies: list[FaultyProxy], function: str
) -> None:
    job = client.submit(function, b"x", background=True)
    proxies[0].cut()
    eventually(lambda: _known(job.status), lambda known: known, "the job to be known")
    assert job.cancel()


def _known(status: object) -> bool:
    try:
        return bool(status().known)  # type: ignore[operator] # a method of a job
    except ConnectionLostError:
        return False


def test_round_robin(proxies: list[FaultyProxy], function: str) -> None:
    with Client(addresses(proxies), choose="round-robin") as client:
        homes = [client.submit(function, background=True).home for _ in range(6)]
    assert Counter(homes) == {homes[0]: 3, homes[1]: 3}
    assert [proxy.connections for proxy in proxies] == [1, 1]


def test_by_unique(proxies: list[FaultyProxy], function: str) -> None:
    with Client(addresses(proxies), choose="unique") as client:
        homes = [
            {client.submit(function, unique=f"key{number}").home for _ in range(3)} for number in range(30)
        ]
    assert all(len(each) == 1 for each in homes)
    assert len(set.union(*homes)) == 2


def test_a_server_that_comes_later(proxies: list[FaultyProxy], function: str) -> None:
    proxies[0].close_door()
    opening = threading.Timer(0.3, proxies[0].open_door)
    opening.start()
    with Client(addresses(proxies[:1]), backoff=SOON, submit_timeout=60) as client:
        assert client.submit(function, background=True).handle
    opening.join()


def test_a_server_that_never_answers(proxies: list[FaultyProxy]) -> None:
    proxies[0].stall()
    server = addresses(proxies[:1])
    with Client(server, backoff=SOON, answer_timeout=0.1, submit_timeout=0.3) as client:
        with pytest.raises(UnavailableError, match=r"did not answer within 0\.1 s"):
            client.submit("f", b"x")
        with pytest.raises(ConnectionLostError, match="did not answer"):
            client.echo()


def test_answers_that_waited_for_the_client_are_no_silence(server: Server, function: str) -> None:
    with Client(("127.0.0.1", server.port), answer_timeout=0.5) as client:
        client.echo()
        jobs = [client.submit(function, b"x", background=True, wait=False) for _ in range(3)]
        server.await_counts(function.encode(), Counts(3, 0, 0))
        time.sleep(0.8)
        client.flush()
        assert all(job.handle for job in jobs)


def test_a_killed_server_is_found_again_when_it_is_back(server: Server) -> None:
    flavour = server.flavour
    with ExitStack() as stack:
        first = stack.enter_context(ExitStack())
        process = first.enter_context(mortal(flavour))
        proxy = stack.enter_context(FaultyProxy(process.port))
        worker = Worker(addresses([proxy]), backoff=SOON)
        worker.task("f")(lambda job: job.data)
        client = stack.enter_context(Client(addresses([proxy]), backoff=SOON, timeout=60))
        stack.enter_context(working(worker))
        assert client.call("f", b"before") == b"before"
        os.kill(process.pid, signal.SIGKILL)
        first.close()
        second = stack.enter_context(mortal(flavour))
        proxy.move(second.port)
        assert _call_until_it_works(client, b"after") == b"after"
        os.kill(second.pid, signal.SIGKILL)


def _call_until_it_works(client: Client, data: bytes) -> bytes:
    def attempt() -> bytes:
        try:
            result: bytes = client.call("f", data)
        except JobLostError:
            return b""
        return result

    return eventually(attempt, bool, "a result")


def test_a_worker_takes_from_all_servers_in_turn(server: Server) -> None:
    """It begins when both servers know it and have jobs."""
    function = server.fresh()
    order: list[bytes] = []
    gate = threading.Event()
    with (
        STARTERS[server.flavour.name]("--threads", "0") as process,
        closing(Server(server.flavour, process)) as other,
    ):
        servers = [server, other]
        worker = Worker([("127.0.0.1", each.port) for each in servers], max_jobs=60)

        @worker.task(function)
        def work(job: WorkerJob) -> None:
            assert gate.wait(PATIENCE_SECONDS)
            order.append(job.data)

        with working(worker) as thread:
            for each in servers:
                each.await_counts(function, Counts(0, 0, 1))
            server.admin.submit(SUBMIT_JOB_BG, function, b"", b"gate")
            server.await_counts(function, Counts(1, 1, 1))
            for each in servers:
                with Client(("127.0.0.1", each.port)) as client:
                    client.submit_many(function, [b"%d" % each.port] * 40, background=True)
            gate.set()
            thread.join(PATIENCE_SECONDS)
    assert set(Counter(order[5:45]).values()) <= {19, 20, 21}


def test_a_connection_lost_while_working_loses_neither_worker_nor_job(
    server: Server, proxies: list[FaultyProxy], function: str
) -> None:
    worker = Worker(addresses(proxies[:1]), backoff=SOON)
    runs: list[str] = []

    @worker.task(function)
    def work(job: WorkerJob) -> bytes:
        runs.append(job.handle)
        if len(runs) == 1:
            proxies[0].reset()
            job.progress(1, 2)
            time.sleep(0.05)
            job.progress(2, 2)
        return b"%d" % len(runs)

    with Client(("127.0.0.1", server.port), timeout=60) as client, working(worker):
        assert client.call(function) == b"2"
        assert client.call(function) == b"3"
    assert runs[0] == runs[1]


def test_prefetched_jobs_of_a_lost_connection_are_left_to_others(
    server: Server, proxies: list[FaultyProxy], function: str
) -> None:
    worker = Worker(addresses(proxies[:1]), backoff=SOON, prefetch=20)
    lost = threading.Event()
    counts: Counter[bytes] = Counter()

    @worker.task(function)
    def work(job: WorkerJob) -> None:
        counts[job.data] += 1
        if not lost.is_set():
            lost.set()
            proxies[0].reset()
        time.sleep(0.002)

    with Client(("127.0.0.1", server.port), timeout=60) as client:
        jobs = [client.submit(function, b"%d" % number) for number in range(20)]
        with working(worker):
            for job in jobs:
                job.result()
    assert sorted(counts) == sorted(b"%d" % number for number in range(20))
    assert sum(counts.values()) == 21


def test_a_worker_leaves_a_server_that_fell_silent(
    server: Server, proxies: list[FaultyProxy], function: str
) -> None:
    worker = Worker(addresses(proxies[:1]), backoff=SOON, heartbeat=0.1, answer_timeout=1)
    worker.task(function)(lambda job: b"done")
    with Client(("127.0.0.1", server.port), timeout=60) as client, working(worker):
        assert client.call(function) == b"done"
        proxies[0].stall()
        eventually(lambda: proxies[0].connections, lambda count: count > 1, "another connection")
        proxies[0].resume()
        assert client.call(function) == b"done"


def test_a_heartbeat_keeps_the_connection(server: Server, proxies: list[FaultyProxy], function: str) -> None:
    worker = Worker(addresses(proxies[:1]), heartbeat=0.02, answer_timeout=30)
    worker.task(function)(lambda job: b"done")
    with Client(("127.0.0.1", server.port), timeout=60) as client, working(worker):
        for _ in range(4):
            time.sleep(0.1)
            assert client.call(function) == b"done"
    assert proxies[0].connections == 1


def test_no_server_for_a_while_costs_a_worker_nothing(
    server: Server, proxies: list[FaultyProxy], function: str
) -> None:
    proxies[0].close_door()
    worker = Worker(addresses(proxies[:1]), backoff=SOON)
    worker.task(function)(lambda job: b"done")
    with Client(("127.0.0.1", server.port), timeout=60) as client, working(worker):
        job = client.submit(function)
        time.sleep(0.3)
        proxies[0].open_door()
        assert job.result() == b"done"


def test_asyncio_fails_over_and_loses_alike(
    server: Server, proxies: list[FaultyProxy], function: str
) -> None:
    async def main() -> None:
        async with AsyncClient(
            addresses(proxies), backoff=SOON, answer_timeout=1, submit_timeout=60
        ) as client:
            job = await client.submit(function, b"x")
            proxies[0].reset()
            with pytest.raises(JobLostError):
                await job.result()
            proxies[0].stall()
            jobs = await client.submit_many(function, [b"x"] * 3, background=True)
            assert all(job.handle for job in jobs)
            assert proxies[1].connections >= 1

    asyncio.run(main())


def test_an_asyncio_worker_comes_back(server: Server, proxies: list[FaultyProxy], function: str) -> None:
    worker = AsyncWorker(addresses(proxies[:1]), backoff=SOON, heartbeat=0.1, answer_timeout=1)
    runs: list[str] = []

    @worker.task(function)
    async def work(job: WorkerJob) -> bytes:
        runs.append(job.handle)
        if len(runs) == 1:
            proxies[0].reset()
            await asyncio.sleep(0.05)
        return b"%d" % len(runs)

    async def main() -> None:
        working = asyncio.create_task(worker.run(signals=False))
        async with AsyncClient(("127.0.0.1", server.port), timeout=60) as client:
            assert int(await client.call(function)) >= 2
            before = proxies[0].connections
            proxies[0].stall()
            while proxies[0].connections == before:
                await asyncio.sleep(0.01)
            proxies[0].resume()
            assert int(await client.call(function)) >= 3
        worker.stop()
        await working

    asyncio.run(main())
    assert runs[0] == runs[1]


def test_a_message_that_is_no_packet_ends_the_connection(server: Server, function: str) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as liar:
        port = liar.getsockname()[1]

        def lie() -> None:
            peer, _ = liar.accept()
            peer.recv(100)
            peer.sendall(b"\0REX" + bytes(8))
            peer.close()

        lying = threading.Thread(target=lie)
        lying.start()
        with Client([("127.0.0.1", port), ("127.0.0.1", server.port)], backoff=SOON) as client:
            assert client.submit(function, background=True).handle
        lying.join()


def test_a_core_needs_no_clock_of_its_own() -> None:
    """What is decided depends on what it is told alone."""
    from gearfast.client import requests
    from gearfast.links.addresses import Address

    core = ClientCore([Address("a", 1), Address("b", 2)], "failover", 10.0, SOON)
    query = requests.echo(b"x")
    core.submit(query, 100.0)
    first, second = core.links
    assert first.due(100.0)
    assert not second.due(100.0)
    first.connecting()
    first.closed(101.0, OSError("refused"))
    core.tick(101.0)
    assert not first.due(101.0)
    assert second.due(101.0)
    second.connecting()
    second.opened(102.0)
    assert bytes(second.output).endswith(req(ECHO_REQ, b"x"))
    second.receive(res(27, b"exceptions") + res(ECHO_RES, b"x"), 103.0)
    assert query.arguments == (b"x",)
    lost = requests.echo(b"y")
    core.submit(lost, 104.0)
    second.closed(104.0, None)
    assert isinstance(lost.error, ConnectionLostError)
    late = requests.echo(b"z")
    core.submit(late, 105.0)
    core.tick(115.0)
    assert isinstance(late.error, UnavailableError)
