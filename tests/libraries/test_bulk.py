"""Many jobs at once: compiled and in plain Python, the same comes of it."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gearfast import Client, ConnectionLostError, JobExceptionError, Worker, WorkerJob
from gearfast._native import bulk as native
from gearfast.client import pure
from gearfast.client.job import Job
from gearfast.client.submission import submission
from gearfast.serializers import BYTES
from tests.libraries.working import working
from tests.protocol.server import Counts, Server

STORIES = 40


def told(codec: str) -> str:
    """What a client with this codec makes of the stories."""
    program = Path(__file__).with_name("bulk_process.py")
    env = os.environ | {"GEARFAST_CODEC": codec, "PYTHONHASHSEED": "0"}
    run = subprocess.run(
        [sys.executable, program, str(STORIES)], env=env, capture_output=True, check=False, text=True
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_compiled_and_python_clients_make_the_same_of_all_that_is_said() -> None:
    compiled = told("native")
    for word in (
        "JobExceptionError",
        "JobFailedError",
        "JobLostError",
        "RefusedError",
        "refused:",
        "Progress",
    ):
        assert word in compiled
    assert compiled == told("python")


def test_both_have_the_same_fields() -> None:
    for theirs, ours in ((native.RequestFields, pure.RequestFields), (native.JobFields, pure.JobFields)):
        assert {name for name in vars(theirs) if name in ours.__slots__} == set(ours.__slots__)


def test_what_is_no_kind_of_job_is_not_made() -> None:
    with pytest.raises(TypeError, match="no kind of job"):
        native.make_jobs([], dict, submission("f"), BYTES, None, [b""])


class Attentive(Job):
    """Only what it does with packets says that it is to hear of them."""

    __slots__ = ()

    def reported(self, kind: int, arguments: tuple[bytes, ...]) -> bool:
        return super().reported(kind, arguments)


def test_a_kind_of_job_that_does_more_with_packets_hears_them() -> None:
    made: list[Job] = []
    for make in (native.make_jobs, pure.make_jobs):
        for kind in (Attentive, Job):
            make(made, kind, submission("f"), BYTES, None, [b""])
    assert [job.hears_packets for job in made] == [True, False] * 2


def test_jobs_before_an_item_that_fails_are_submitted(server: Server, client: Client) -> None:
    function = server.fresh()
    with pytest.raises(TypeError, match="bytes are needed"):
        client.submit_many(function, [b"1", b"2", "3", b"4"], background=True)
    client.flush()
    server.await_counts(function, Counts(2, 0, 0))


@pytest.mark.parametrize("in_flight", [0, 1, 2, 7, 1000])
def test_map_takes_no_more_items_than_may_be_under_way(server: Server, address: str, in_flight: int) -> None:
    """And gives the results in order, of items that never end."""
    worker = Worker(address, prefetch=8)
    worker.task(function := server.fresh().decode())(lambda job: job.data)
    drawn = itertools.count()
    items = (b"%d" % next(drawn) for _ in itertools.count())
    with working(worker), Client(address, timeout=60) as client:
        results = client.map(function, items, in_flight=in_flight)
        for number in range(in_flight + 50):
            assert next(results) == b"%d" % number
            assert number < int(repr(drawn)[6:-1]) <= number + max(1, in_flight)


def test_map_raises_at_the_first_job_that_fails(server: Server, address: str) -> None:
    """Behind the results before it."""
    worker = Worker(address, serializer="json")

    @worker.task(function := server.fresh().decode())
    def check(job: WorkerJob) -> int:
        if job.data == 3:
            raise ValueError("three")
        return int(job.data)

    with working(worker), Client(address, timeout=60, serializer="json") as client:
        results = client.map(function, range(10))
        assert [next(results) for _ in range(3)] == [0, 1, 2]
        with pytest.raises(JobExceptionError, match="three"):
            next(results)


def test_map_ends_with_its_items(server: Server, address: str) -> None:
    worker = Worker(address)
    worker.task(function := server.fresh().decode())(lambda job: job.data)
    with working(worker), Client(address, timeout=60) as client:
        for count in (0, 1, 5, 256, 257):
            items = [b"%d" % number for number in range(count)]
            assert list(client.map(function, iter(items))) == items


def test_a_client_that_its_items_close_says_so(address: str) -> None:
    client = Client(address)

    def items() -> Iterator[bytes]:
        yield b"1"
        client.close()
        yield b"2"

    with pytest.raises(ConnectionLostError, match="closed"):
        client.submit_many("bulk-closed", items(), background=True)
