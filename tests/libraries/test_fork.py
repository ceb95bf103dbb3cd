"""What a forked process inherits: a client that connects anew, and none of its parent's connections."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gearfast import Client, Worker, WorkerJob
from tests.libraries.working import working
from tests.protocol.server import Counts, Server
from tests.support.child import environment

ROOT = Path(__file__).resolve().parents[2]


def begin(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.libraries.fork_process", *words],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment(has_native_code=True),
    )


@pytest.mark.parametrize("kind", ["client", "async-client"])
def test_a_client_connects_anew_and_its_jobs_stay_with_the_parent(
    server: Server, address: str, kind: str
) -> None:
    function = server.fresh().decode()
    worker = Worker(address)
    seen: list[bytes] = []

    @worker.task(function)
    def do(job: WorkerJob) -> bytes:
        seen.append(job.data)
        return bytes(job.data.upper())

    process = begin(kind, address, function)
    assert process.stdout is not None
    assert process.stdout.readline() == "forked\n"  # with a job that nobody has done yet
    with working(worker):
        out = process.stdout.read()
    process.wait()
    process.stdout.close()
    lost, *others = out.splitlines()
    assert lost.startswith("child JobLostError ")
    assert lost.endswith(f"the connection to {address} is that of the process that forked")
    assert others == [
        "child b'CHILD'",
        "parent b'BEFORE'",
        "parent b'PARENT'",
    ]
    assert process.returncode == 0
    assert sorted(seen) == [b"before", b"child", b"parent", b"unsent"]


@pytest.mark.parametrize("kind", ["worker", "async-worker"])
def test_the_server_sees_the_end_of_a_worker_whose_task_forked(
    server: Server, address: str, client: Client, kind: str
) -> None:
    function = server.fresh()
    process = begin(kind, address, function.decode())
    child = int(client.call(function))
    try:
        server.await_counts(function, Counts(0, 0, 1))
        process.kill()
        process.wait()
        server.await_counts(function, Counts(0, 0, 0))
    finally:
        os.kill(child, signal.SIGKILL)
        process.communicate()
