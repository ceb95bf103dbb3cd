"""Workers in processes of their own: signals, crashes, replacement."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from gearfast import Client
from tests.protocol.server import Counts, Server
from tests.support.child import environment
from tests.support.patience import eventually

ROOT = Path(__file__).resolve().parents[2]
BETWEEN_SIGNALS_SECONDS = 0.1
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(address: str, function: str) -> Iterator[Start]:
    """Starts a worker process of tests.libraries with these options."""
    started = []

    def begin(module: str = "worker_process", **options: int) -> subprocess.Popen[str]:
        words = [f"{name}={number}" for name, number in options.items()]
        process = subprocess.Popen(
            [sys.executable, "-m", f"tests.libraries.{module}", address, function, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment(has_native_code=True),
            start_new_session=True,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    yield begin
    for process in started:
        process.terminate()
        process.communicate()


def code_after_signals(worker: subprocess.Popen[str]) -> int | None:
    """The exit code of a worker that is told to stop again and again."""

    def signalled() -> int | None:
        worker.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            worker.wait(BETWEEN_SIGNALS_SECONDS)
        return worker.poll()

    return eventually(signalled, lambda code: code is not None, "its end")


def pids_of(client: Client, function: str, enough: int) -> set[int]:
    """The processes that do the jobs, once there are so many of them."""
    seen: set[int] = set()

    def ask() -> int:
        seen.update(map(int, client.map(function, [b""] * 8)))
        return len(seen)

    eventually(ask, lambda count: count >= enough, f"{enough} processes")
    return seen


def test_sigterm_finishes_the_job(client: Client, server: Server, start: Start, function: str) -> None:
    worker = start()
    job, later = client.submit(function, b"wait"), client.submit(function, b"wait")
    server.await_counts(function.encode(), Counts(2, 1, 1))
    worker.send_signal(signal.SIGTERM)
    assert int(job.result()) == worker.pid
    out, err = worker.communicate(timeout=60)
    assert (worker.returncode, out) == (0, "left\n"), err
    server.await_counts(function.encode(), Counts(1, 0, 0))
    assert not later.done


def test_a_second_signal_ends_it_at_once(client: Client, server: Server, start: Start, function: str) -> None:
    worker = start()
    job = client.submit(function, b"hang")
    server.await_counts(function.encode(), Counts(1, 1, 1))

    assert code_after_signals(worker) == -signal.SIGTERM
    server.await_counts(function.encode(), Counts(1, 0, 0))
    assert job.cancel()


def test_processes_share_the_work_and_leave_together(
    client: Client, server: Server, start: Start, function: str
) -> None:
    worker = start(processes=3)
    pids = pids_of(client, function, 3)
    assert worker.pid not in pids
    worker.send_signal(signal.SIGTERM)
    out, err = worker.communicate(timeout=60)
    assert (worker.returncode, out) == (0, "left\n"), err
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    server.await_counts(function.encode(), Counts(0, 0, 0))


def test_ctrl_c_finishes_the_jobs_of_processes(
    client: Client, server: Server, start: Start, function: str
) -> None:
    """A terminal sends SIGINT to all of its foreground."""
    worker = start(processes=1)
    job = client.submit(function, b"wait")
    server.await_counts(function.encode(), Counts(1, 1, 1))
    os.killpg(worker.pid, signal.SIGINT)
    assert int(job.result()) != worker.pid
    _, err = worker.communicate(timeout=60)
    assert worker.returncode == 0, err


def test_a_killed_process_is_replaced_and_its_job_not_lost(
    client: Client, server: Server, start: Start, function: str
) -> None:
    start(processes=1)
    (first,) = pids_of(client, function, 1)
    job = client.submit(function, b"wait")
    server.await_counts(function.encode(), Counts(1, 1, 1))
    os.kill(first, signal.SIGKILL)
    assert int(job.result()) != first


def test_one_process_may_crash_again_and_again(client: Client, start: Start, function: str) -> None:
    start(processes=2)
    assert len(pids_of(client, function, 2)) == 2
    for _ in range(3):
        client.submit(function, b"die", background=True).cancel()
    assert client.call(function)


@pytest.mark.parametrize("options", [{"max_jobs": 3}, {"max_memory": 150}])
def test_processes_that_did_enough_are_replaced(
    client: Client, start: Start, function: str, options: dict[str, int]
) -> None:
    start(processes=1, **options)
    first = int(client.call(function))
    if "max_memory" in options:
        assert int(client.call(function, b"eat")) == first
    eventually(lambda: int(client.call(function)), lambda pid: pid != first, "another process")


def test_processes_leave_when_their_parent_is_gone(
    client: Client, server: Server, start: Start, function: str
) -> None:
    worker = start(processes=3)
    pids_of(client, function, 3)
    worker.kill()
    server.await_counts(function.encode(), Counts(0, 0, 0))


def test_sigterm_finishes_the_jobs_of_an_asyncio_worker(
    client: Client, server: Server, start: Start, function: str
) -> None:
    worker = start("async_worker_process")
    jobs = [client.submit(function, b"0.5") for _ in range(3)]
    server.await_counts(function.encode(), Counts(3, 2, 1))
    worker.send_signal(signal.SIGTERM)
    assert [int(job.result()) for job in jobs[:2]] == [worker.pid] * 2
    out, err = worker.communicate(timeout=60)
    assert (worker.returncode, out) == (0, "left\n"), err
    server.await_counts(function.encode(), Counts(1, 0, 0))
    assert jobs[2].cancel()


def test_a_second_signal_ends_an_asyncio_worker_at_once(
    client: Client, server: Server, start: Start, function: str
) -> None:
    worker = start("async_worker_process")
    job = client.submit(function, b"3600")
    server.await_counts(function.encode(), Counts(1, 1, 1))

    assert code_after_signals(worker) != 0
    server.await_counts(function.encode(), Counts(1, 0, 0))
    assert job.cancel()
