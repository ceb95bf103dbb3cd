"""The blocking worker, with the blocking client on the other side."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterator

import pytest

from gearfast import (
    Client,
    Data,
    JobExceptionError,
    JobFailedError,
    JobWarning,
    Progress,
    TaskFailedError,
    Worker,
    WorkerJob,
)
from tests.libraries.working import PATIENCE_SECONDS, working
from tests.protocol.server import Counts, Server


def test_a_plain_callable(client: Client, address: str, function: str) -> None:
    worker = Worker(address)

    @worker.task(function)
    def reverse(job: WorkerJob) -> bytes:
        data: bytes = job.data
        return data[::-1]

    with working(worker):
        assert list(client.map(function, [b"abc", b"", b"\0x"])) == [b"cba", b"", b"x\0"]
    assert reverse.__name__ == "reverse"


def test_a_generator_sends_as_it_goes(client: Client, address: str, function: str) -> None:
    worker = Worker(address)
    heard = threading.Event()

    @worker.task(function)
    def count(job: WorkerJob) -> Generator[bytes, None, bytes]:
        yield b"one"
        assert heard.wait(PATIENCE_SECONDS)
        job.progress(1, 2)
        job.warn("careful")
        yield b"two"
        return b"end"

    with working(worker):
        job = client.submit(function)
        events = job.events()
        assert next(events) == Data(b"one")
        heard.set()
        assert list(events) == [Progress(1, 2), JobWarning(b"careful"), Data(b"two")]
        assert job.result() == b"end"


def test_what_a_task_knows_of_its_job(client: Client, address: str, function: str) -> None:
    worker = Worker(address, serializer="json")

    @worker.task(function)
    def tell(job: WorkerJob) -> list[str]:
        return [job.function, job.unique, job.reducer, job.handle, job.server]

    with working(worker), Client(address, serializer="json", timeout=60) as speaker:
        job = speaker.submit(function, None, unique="k1", reducer="sum")
        assert job.result() == [function, "k1", "sum", job.handle, address]
        assert speaker.call(function, 1)[1:3] == ["", ""]


def test_a_task_that_returns_nothing(client: Client, address: str, function: str) -> None:
    worker = Worker(address)
    worker.task(function)(lambda job: None)
    with working(worker):
        assert client.call(function) == b""


def test_an_exception(client: Client, address: str, function: str) -> None:
    worker = Worker(address)

    @worker.task(function)
    def fail(job: WorkerJob) -> None:
        raise LookupError("no such thing")

    with working(worker):
        for _ in range(3):
            with pytest.raises(JobExceptionError, match=r"^LookupError: no such thing$"):
                client.call(function)


def test_a_result_that_can_not_be_serialized_is_an_exception(
    client: Client, address: str, function: str
) -> None:
    worker = Worker(address)
    worker.task(function)(lambda job: "text")
    with working(worker), pytest.raises(JobExceptionError, match=r"^TypeError: bytes are needed, not str"):
        client.call(function)


def test_failing_without_a_word(client: Client, address: str, function: str) -> None:
    worker = Worker(address)
    attempts = []

    @worker.task(function, retries=5)
    def fail(job: WorkerJob) -> None:
        attempts.append(job)
        raise TaskFailedError

    with working(worker):
        with pytest.raises(JobFailedError) as raised:
            client.call(function)
        assert type(raised.value) is JobFailedError
        assert len(attempts) == 1


def test_failing_with_words_of_ones_own(client: Client, address: str, function: str) -> None:
    worker = Worker(address)

    @worker.task(function)
    def fail(job: WorkerJob) -> None:
        raise TaskFailedError("no more paper")

    with working(worker), pytest.raises(JobExceptionError, match=r"^no more paper$"):
        client.call(function)


def test_retries(client: Client, address: str, function: str) -> None:
    worker = Worker(address)
    attempts = []

    @worker.task(function, retries=2)
    def stubborn(job: WorkerJob) -> bytes:
        attempts.append(job.data)
        if len(attempts) < 3:
            raise OSError("not yet")
        return b"at last"

    with working(worker):
        assert client.call(function, b"x") == b"at last"
        assert attempts == [b"x"] * 3


def test_what_was_sent_is_not_sent_again(client: Client, address: str, function: str) -> None:
    worker = Worker(address)

    @worker.task(function, retries=2)
    def fail(job: WorkerJob) -> Iterator[bytes]:
        yield b"part"
        raise OSError("broken")

    with working(worker):
        job = client.submit(function)
        with pytest.raises(JobExceptionError):
            job.result()
        assert next(job.events()) == Data(b"part")


def test_a_time_out_gives_the_job_to_another_worker(
    client: Client, server: Server, address: str, function: str
) -> None:
    slow, quick = Worker(address), Worker(address)
    begun, late = threading.Event(), threading.Event()

    @slow.task(function, timeout=1)
    def hang(job: WorkerJob) -> bytes:
        begun.set()
        assert late.wait(PATIENCE_SECONDS)
        return b"too late"

    quick.task(function)(lambda job: b"in time")
    with working(slow):
        job = client.submit(function)
        assert begun.wait(PATIENCE_SECONDS)
        server.await_waiting(function.encode(), 1)
        with working(quick):
            assert job.result() == b"in time"
        late.set()
        again = client.submit(function)
        assert again.result() == b"too late"


def test_stopping_finishes_the_job(client: Client, server: Server, address: str, function: str) -> None:
    worker = Worker(address)
    begun, go_on = threading.Event(), threading.Event()

    @worker.task(function)
    def slow(job: WorkerJob) -> bytes:
        begun.set()
        assert go_on.wait(PATIENCE_SECONDS)
        return b"finished"

    with working(worker):
        first, second = client.submit(function), client.submit(function)
        assert begun.wait(PATIENCE_SECONDS)
        worker.stop()
        go_on.set()
        assert first.result() == b"finished"
    server.await_counts(function.encode(), Counts(1, 0, 0))
    assert not second.done


def test_stopping_finishes_what_was_prefetched(
    client: Client, server: Server, address: str, function: str
) -> None:
    worker = Worker(address, prefetch=9)
    jobs = [client.submit(function, b"%d" % number) for number in range(30)]

    @worker.task(function)
    def stop(job: WorkerJob) -> bytes:
        worker.stop()
        data: bytes = job.data
        return data

    with working(worker) as thread:
        thread.join(PATIENCE_SECONDS)
    client.echo()
    done = [job.result() for job in jobs if job.done]
    assert done == [b"%d" % number for number in range(len(done))]
    server.await_counts(function.encode(), Counts(30 - len(done), 0, 0))
    assert len(done) in range(1, 11)
    left, known = {job.handle.encode() for job in jobs[len(done) :] if job.handle}, server.jobs()
    assert {known[handle] for handle in left} == {(0, 0, 0)}


def test_threads_work_at_the_same_time(client: Client, address: str, function: str) -> None:
    worker = Worker(address, threads=4)
    together = threading.Barrier(4)

    @worker.task(function)
    def meet(job: WorkerJob) -> bytes:
        together.wait(PATIENCE_SECONDS)
        return b"met"

    with working(worker):
        assert list(client.map(function, [b""] * 8)) == [b"met"] * 8


@pytest.mark.parametrize("threads", [1, 3])
def test_leaving_after_a_number_of_jobs(client: Client, address: str, function: str, threads: int) -> None:
    worker = Worker(address, threads=threads, max_jobs=5)
    worker.task(function)(lambda job: b"")
    client.submit_many(function, [b""] * 20, background=True)
    with working(worker) as thread:
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive()


def test_prefetched_jobs_are_all_done_in_order(client: Client, address: str, function: str) -> None:
    worker = Worker(address, prefetch=50)
    worker.task(function)(lambda job: job.data)
    items = [b"%d" % number for number in range(2000)]
    with working(worker):
        assert list(client.map(function, items)) == items


def test_it_sleeps_and_is_woken(client: Client, address: str, function: str) -> None:
    worker = Worker(address, threads=2, prefetch=3)
    worker.task(function)(lambda job: job.data)
    with working(worker):
        for number in range(50):
            assert client.call(function, b"%d" % number) == b"%d" % number
            time.sleep(0.001)


def test_many_functions(client: Client, server: Server, address: str) -> None:
    worker = Worker(address)
    names = [server.fresh().decode() for _ in range(20)]
    for name in names:
        worker.task(name)(lambda job: job.function.encode())
    with working(worker):
        assert [client.call(name) for name in names] == [name.encode() for name in names]


def test_a_large_result_and_many_parts(client: Client, address: str, function: str) -> None:
    worker = Worker(address)

    @worker.task(function)
    def much(job: WorkerJob) -> Generator[bytes, None, bytes]:
        for number in range(2000):
            yield b"%04d" % number * 4096
        return bytes(50_000_000)

    with working(worker):
        job = client.submit(function)
        assert [part[:4] for part in job] == [b"%04d" % number for number in range(2000)]
        assert job.result() == bytes(50_000_000)


@pytest.mark.parametrize("options", [{"threads": 0}, {"processes": -1}, {"prefetch": -1}, {"max_jobs": 0}])
def test_workers_that_make_no_sense(options: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="no worker"):
        Worker(**options)  # type: ignore[arg-type] # all of them are numbers


async def coroutine(job: WorkerJob) -> bytes:
    return b""


def test_tasks_that_make_no_sense() -> None:
    worker = Worker()
    with pytest.raises(TypeError, match="is for an AsyncWorker"):
        worker.task("f")(coroutine)
    with pytest.raises(TypeError, match="needs parentheses"):
        worker.task(coroutine)  # type: ignore[arg-type] # what the decorator without parentheses does
    with pytest.raises(ValueError, match="has no task"):
        worker.run()
    worker.task("f")(print)
    with pytest.raises(ValueError, match="there is a task for 'f' already"):
        worker.task("f")(print)
    with pytest.raises(ValueError, match="NUL"):
        worker.task("f\0")(print)
    for options in ({"timeout": 0.0}, {"retries": -1}):
        with pytest.raises(ValueError, match="no task can have"):
            worker.task("g", **options)
