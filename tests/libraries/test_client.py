"""The blocking client: what it sends, and what it makes of the answers. A peer plays the worker."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from threading import Timer

import pytest

from gearfast import (
    Client,
    ConnectionLostError,
    Data,
    Job,
    JobExceptionError,
    JobFailedError,
    JobLostError,
    JobTimeoutError,
    JobWarning,
    Progress,
    RefusedError,
    UnavailableError,
)
from tests.protocol.peer import Peer
from tests.protocol.server import Counts, Server, Waiting
from tests.protocol.wire import (
    GRAB_JOB_ALL,
    JOB_ASSIGN_ALL,
    JOB_ASSIGN_UNIQ,
    NO_JOB,
    WORK_COMPLETE,
    WORK_DATA,
    WORK_EXCEPTION,
    WORK_FAIL,
    WORK_STATUS,
    WORK_WARNING,
    req,
    res,
)


@pytest.fixture
def worker(server: Server, function: str) -> Peer:
    return server.worker(function.encode())


def grab(worker: Peer, job: Job, data: bytes) -> bytes:
    """The worker is given this job; returns the handle."""
    assert job.handle is not None
    handle = job.handle.encode()
    worker.send(req(GRAB_JOB_ALL))
    worker.expect(res(JOB_ASSIGN_UNIQ, handle, job.function.encode(), job.unique.encode(), data))
    return handle


def test_a_result(client: Client, worker: Peer, function: str) -> None:
    job = client.submit(function, b"\0work\0", unique="k1")
    handle = grab(worker, job, b"\0work\0")
    assert not job.done
    worker.send(req(WORK_COMPLETE, handle, b"\0done\0"))
    assert job.result() == b"\0done\0"
    assert (job.done, job.function, job.unique, job.background) == (True, function, "k1", False)
    assert job.result() == b"\0done\0"


def test_all_that_a_worker_tells(client: Client, worker: Peer, function: str) -> None:
    job = client.submit(function, b"x")
    handle = grab(worker, job, b"x")
    worker.send(req(WORK_DATA, handle, b"one"), req(WORK_STATUS, handle, b"1", b"4"))
    events = job.events()
    assert [next(events), next(events)] == [Data(b"one"), Progress(1, 4)]
    assert (job.progress, job.done) == (Progress(1, 4), False)
    last = req(WORK_COMPLETE, handle, b"r")
    worker.send(req(WORK_WARNING, handle, b"care"), req(WORK_DATA, handle, b""), last)
    assert list(events) == [JobWarning(b"care"), Data(b"")]
    assert list(job) == [b"one", b""]
    assert job.result() == b"r"


def test_a_failure(client: Client, worker: Peer, function: str) -> None:
    job = client.submit(function, b"x")
    handle = grab(worker, job, b"x")
    worker.send(req(WORK_DATA, handle, b"part"), req(WORK_FAIL, handle))
    parts = iter(job)
    assert next(parts) == b"part"
    with pytest.raises(JobFailedError) as raised:
        next(parts)
    assert raised.value.job is job
    with pytest.raises(JobFailedError):
        job.result()


def test_an_exception_has_the_workers_words(client: Client, worker: Peer, function: str) -> None:
    job = client.submit(function, b"x")
    handle = grab(worker, job, b"x")
    worker.send(req(WORK_EXCEPTION, handle, b"no such file: \xc3\xa9"), req(WORK_FAIL, handle))
    with pytest.raises(JobExceptionError) as raised:
        job.result()
    assert str(raised.value) == "no such file: é"
    assert raised.value.data == b"no such file: \xc3\xa9"
    assert client.echo(b"still there") == b"still there"


def test_a_job_that_is_not_done_in_time_goes_on(client: Client, worker: Peer, function: str) -> None:
    job = client.submit(function, b"x", timeout=0.05)
    handle = grab(worker, job, b"x")
    with pytest.raises(JobTimeoutError):
        job.result()
    with pytest.raises(JobTimeoutError):
        next(iter(job))
    worker.send(req(WORK_COMPLETE, handle, b"late"))
    assert job.result(60) == b"late"


def test_a_time_out_of_years(client: Client, worker: Peer, function: str) -> None:
    """poll(2) waits for 24 days at most."""
    job = client.submit(function, b"x", timeout=1e9)
    handle = grab(worker, job, b"x")
    done = Timer(0.1, worker.send, [req(WORK_COMPLETE, handle, b"done")])
    done.start()
    assert job.result() == b"done"
    done.join()


@pytest.mark.parametrize(
    ("priority", "place"),
    [("high", Waiting(1, 0, 0, 0)), ("normal", Waiting(0, 1, 0, 0)), ("low", Waiting(0, 0, 1, 0))],
)
@pytest.mark.parametrize("background", [False, True])
def test_priorities(
    client: Client, server: Server, function: str, priority: str, place: Waiting, background: bool
) -> None:
    job = client.submit(function, b"x", priority=priority, background=background)
    assert server.waiting(function.encode()) == place
    assert job.done == background


def test_a_background_job_outlives_its_client(address: str, worker: Peer, function: str) -> None:
    with Client(address) as client:
        job = client.submit(function, b"x", background=True)
        with pytest.raises(ValueError, match="no result"):
            job.result()
    grab(worker, job, b"x")


@pytest.mark.parametrize(
    "when", [{"delay": 3600}, {"at": time.time() + 3600}, {"at": datetime(2100, 1, 1, tzinfo=timezone.utc)}]
)
def test_a_job_for_later(
    client: Client, worker: Peer, server: Server, function: str, when: dict[str, float | datetime]
) -> None:
    job = client.submit(function, b"x", **when)  # type: ignore[arg-type] # each has its own type
    assert job.background
    worker.send(req(GRAB_JOB_ALL))
    worker.expect(res(NO_JOB))
    assert server.counts(function.encode()) == Counts(1, 0, 1)


def test_a_job_that_is_due(client: Client, worker: Peer, function: str) -> None:
    job = client.submit(function, b"x", at=time.time() - 5)
    grab(worker, job, b"x")


@pytest.mark.parametrize("background", [False, True])
def test_a_reducer(client: Client, worker: Peer, function: str, background: bool) -> None:
    job = client.submit(function, b"x", unique="k9", reducer="sum", background=background)
    assert job.handle is not None
    worker.send(req(GRAB_JOB_ALL))
    worker.expect(res(JOB_ASSIGN_ALL, job.handle.encode(), function.encode(), b"k9", b"sum", b"x"))


def test_status_and_cancel(client: Client, server: Server, function: str) -> None:
    unique = server.fresh().decode()
    job = client.submit(function, b"x", unique=unique)
    assert job.handle is not None
    worker = server.worker(function.encode())
    assert job.status() == (True, False, 0, 0, None)
    handle = grab(worker, job, b"x")
    worker.send(req(WORK_STATUS, handle, b"3", b"10"))
    worker.settle()
    assert job.status() == client.status(job.handle) == (True, True, 3, 10, None)
    assert client.status_by_unique(unique) == (True, True, 3, 10, 1)
    worker.send(req(WORK_COMPLETE, handle, b""))
    worker.settle()
    assert not job.status().known
    assert not job.cancel()


def test_cancelling_a_job_that_waits(client: Client, function: str) -> None:
    job, other = client.submit(function, b"1"), client.submit(function, b"2")
    assert job.cancel()
    with pytest.raises(JobFailedError):
        job.result()
    assert other.handle is not None
    assert client.cancel(other.handle)
    assert not client.cancel("H:nobody:1")


def test_jobs_that_share_a_handle_get_each_packet_once(client: Client, worker: Peer, function: str) -> None:
    first = client.submit(function, b"x", unique="same")
    handle = grab(worker, first, b"x")
    worker.send(req(WORK_DATA, handle, b"a"))
    worker.settle()
    others = [client.submit(function, b"x", unique="same") for _ in range(2)]
    assert {job.handle for job in others} == {first.handle}
    last = req(WORK_COMPLETE, handle, b"c")
    worker.send(req(WORK_DATA, handle, b"b"), req(WORK_STATUS, handle, b"1", b"2"), last)
    assert [job.result() for job in [first, *others]] == [b"c"] * 3
    assert [list(job) for job in [first, *others]] == [[b"a", b"b"], [b"b"], [b"b"]]


def test_many_jobs_over_one_connection(client: Client, server: Server, function: str) -> None:
    jobs = client.submit_many(function, (b"%d" % number for number in range(5000)), background=True)
    assert server.counts(function.encode()) == Counts(5000, 0, 0)
    assert len({job.handle for job in jobs}) == 5000
    assert all(job.done for job in jobs)


def test_pipelined_jobs_are_acknowledged_by_a_flush(client: Client, function: str) -> None:
    jobs = [client.submit(function, b"x", background=True, wait=False) for _ in range(10)]
    client.flush()
    assert all(job.handle for job in jobs)


def test_data_larger_than_any_buffer(client: Client, worker: Peer, function: str) -> None:
    data = bytes(range(256)) * 40_000
    job = client.submit(function, data, wait=False)
    client.flush()
    handle = grab(worker, job, data)
    worker.send(req(WORK_COMPLETE, handle, data[::-1]))
    assert job.result() == data[::-1]


def test_retries(client: Client, worker: Peer, function: str) -> None:
    job = client.submit(function, b"x", retries=2)
    for failure in (req(WORK_EXCEPTION, grab(worker, job, b"x"), b"bad"), None):
        worker.send(failure or req(WORK_FAIL, grab(worker, job, b"x")))
        worker.settle()
        before, job_handle = job.handle, job.handle
        while job_handle in (before, None):
            client.echo()
            job_handle = job.handle
    worker.send(req(WORK_COMPLETE, grab(worker, job, b"x"), b"at last"))
    assert job.result() == b"at last"


def test_retries_run_out(client: Client, worker: Peer, function: str) -> None:
    job = client.submit(function, b"x", retries=1)
    worker.send(req(WORK_FAIL, grab(worker, job, b"x")))
    worker.settle()
    with pytest.raises(JobTimeoutError):
        job.result(0.05)
    worker.send(req(WORK_FAIL, grab(worker, job, b"x")))
    with pytest.raises(JobFailedError):
        job.result()


def test_a_refused_job(client: Client, server: Server, function: str) -> None:
    client.submit(function, b"x", background=True)
    assert server.admin.ask(b"maxqueue " + function.encode() + b" 1") == b"OK\r\n"
    with pytest.raises(RefusedError, match=r"Job queue is full \(QUEUE_ERROR\)") as raised:
        client.submit(function, b"x", background=True)
    assert raised.value.code == "QUEUE_ERROR"
    jobs = client.submit_many(function, [b"a", b"b"], background=True)
    assert [type(job.error) for job in jobs] == [RefusedError, RefusedError]


@pytest.mark.parametrize(
    ("serializer", "data"), [("json", {"a": [1, None, "é"]}), ("pickle", {1, (2, b"3")})]
)
def test_serializers(address: str, worker: Peer, function: str, serializer: str, data: object) -> None:
    with Client(address, serializer=serializer) as client:
        job = client.submit(function, data)
        assert job.handle is not None
        worker.send(req(GRAB_JOB_ALL))
        sent = worker.receive_kind(JOB_ASSIGN_UNIQ).body.split(b"\0", 3)[3]
        handle = job.handle.encode()
        worker.send(req(WORK_DATA, handle, sent), req(WORK_COMPLETE, handle, sent))
        assert job.result(60) == data
        assert list(job) == [data]


WRONG: list[Callable[[Client], object]] = [
    lambda client: client.submit("f\0g"),
    lambda client: client.submit("f" * 8192),
    lambda client: client.submit("f", unique="u" * 65),
    lambda client: client.submit("f", priority="urgent"),
    lambda client: client.submit("f", at=1, delay=1),
    lambda client: client.submit("f", at=2.0**63),
    lambda client: client.submit("f", at=float("nan")),
    lambda client: client.submit("f", delay=float("inf")),
    lambda client: client.submit("f", delay=-1),
    lambda client: client.submit("f", delay=1, priority="high"),
    lambda client: client.submit("f", delay=1, reducer="r"),
    lambda client: client.submit("f", reducer="r", priority="low"),
    lambda client: client.submit("f", background=True, retries=1),
    lambda client: client.submit("f", retries=-1),
    lambda client: client.status("h" * 64),
    lambda client: client.status_by_unique("u" * 65),
    lambda client: client.cancel("H:a\nb:1"),
]


@pytest.mark.parametrize("attempt", WRONG)
def test_what_makes_no_sense_is_not_sent(client: Client, attempt: Callable[[Client], object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        attempt(client)
    assert client.echo(b"all is well") == b"all is well"


def test_data_that_is_not_bytes_needs_a_serializer(client: Client) -> None:
    with pytest.raises(TypeError, match="bytes are needed, not str"):
        client.submit("f", "text")


def test_many_jobs_can_not_share_a_unique(client: Client) -> None:
    with pytest.raises(TypeError, match="one unique key"):
        client.submit_many("f", [b""], unique="u")


def test_a_closed_client(address: str, function: str) -> None:
    client = Client(address)
    job = client.submit(function, b"x")
    client.close()
    with pytest.raises(JobLostError):
        job.result()
    attempts: list[Callable[[], object]] = [lambda: client.submit(function), client.echo, job.status]
    for attempt in attempts:
        with pytest.raises(ConnectionLostError):
            attempt()


def test_no_server_at_all() -> None:
    with Client("127.0.0.1:1", submit_timeout=0.3) as client:
        with pytest.raises(UnavailableError, match=r"127\.0\.0\.1:1: .*refused"):
            client.submit("f")
        with pytest.raises(UnavailableError):
            client.echo()


def test_a_client_is_for_one_thread_at_a_time(client: Client, function: str) -> None:
    job = client.submit(function, b"x")
    with ThreadPoolExecutor(2) as threads:
        attempts = [threads.submit(job.wait, 1) for _ in range(2)]
    errors = [type(attempt.exception()) for attempt in attempts]
    assert sorted(error.__name__ for error in errors) == ["JobTimeoutError", "RuntimeError"]
