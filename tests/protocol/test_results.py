"""What a worker says about its job, what the clients hear of it, and what is left afterwards."""

from __future__ import annotations

import pytest

from tests.protocol.golden.errors import (
    DATA_FOR_NO_JOB,
    EXCEPTION_FOR_NO_JOB,
    HANDLE_TOO_LONG,
    RESULT_FOR_NO_JOB,
)
from tests.protocol.running import Running
from tests.protocol.server import Counts, Server
from tests.protocol.wire import (
    GRAB_JOB,
    NO_JOB,
    OPTION_REQ,
    OPTION_RES,
    SUBMIT_JOB,
    SUBMIT_JOB_BG,
    WORK_COMPLETE,
    WORK_DATA,
    WORK_EXCEPTION,
    WORK_FAIL,
    WORK_STATUS,
    WORK_WARNING,
    req,
    res,
)

BAD_HANDLES = [
    b"",
    b"H:test",
    b"H:test:",
    b"H:test:0",
    b"H:test:-1",
    b"H:test:4294967296",
    b"H:other:1",
    b"h" * 63,
]


@pytest.mark.parametrize("kind", [WORK_DATA, WORK_WARNING, WORK_COMPLETE, WORK_EXCEPTION])
def test_any_bytes_are_passed_on_unchanged(server: Server, kind: int) -> None:
    job = Running(server)
    job.client.send(req(OPTION_REQ, b"exceptions"))
    job.client.expect(res(OPTION_RES, b"exceptions"))
    workload = bytes(range(256)) * 100
    job.worker.send(req(kind, job.handle, workload))
    job.client.expect(res(kind, job.handle, workload))


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ((b"3", b"10"), (b"3", b"10")),
        ((b"", b""), (b"0", b"0")),
        ((b"abc", b"x"), (b"0", b"0")),
        ((b"-1", b"-2"), (b"4294967295", b"4294967294")),
        ((b"3.7", b"10%"), (b"3", b"10")),
        ((b" 12", b"\t+13"), (b"12", b"13")),
        ((b"4294967295", b"4294967295"), (b"4294967295", b"4294967295")),
        ((b"4294967296", b"4294967296"), (b"0", b"0")),
        ((b"99999999999", b"99999999999"), (b"1215752191", b"1410065407")),
        ((b"3", b"10\0junk"), (b"3", b"10")),
    ],
)
def test_progress_is_passed_on_verbatim_and_read_leniently(
    server: Server, said: tuple[bytes, bytes], kept: tuple[bytes, bytes]
) -> None:
    job = Running(server)
    job.worker.send(req(WORK_STATUS, job.handle, *said))
    job.client.expect(res(WORK_STATUS, job.handle, *said))
    assert job.status() == [b"1", b"1", *kept]


@pytest.mark.parametrize("kind", [WORK_COMPLETE, WORK_FAIL, WORK_EXCEPTION])
def test_a_final_packet_is_final(server: Server, kind: int) -> None:
    job = Running(server, SUBMIT_JOB_BG)
    arguments = [] if kind == WORK_FAIL else [b"abc"]
    job.worker.send(req(kind, job.handle, *arguments))
    job.worker.expect_silence()
    assert server.counts(job.function) == Counts(0, 0, 1)
    assert job.handle not in server.jobs()
    job.worker.send(req(WORK_COMPLETE, job.handle, b""), req(WORK_DATA, job.handle, b""))
    job.worker.expect(RESULT_FOR_NO_JOB, DATA_FOR_NO_JOB)
    job.worker.send(req(WORK_EXCEPTION, job.handle, b""), req(GRAB_JOB))
    job.worker.expect(EXCEPTION_FOR_NO_JOB, res(NO_JOB))


def test_results_of_background_jobs_go_nowhere(server: Server) -> None:
    job = Running(server, SUBMIT_JOB_BG)
    job.worker.send(req(WORK_DATA, job.handle, b"x"), req(WORK_WARNING, job.handle, b"y"))
    job.worker.send(req(WORK_STATUS, job.handle, b"1", b"2"))
    job.worker.expect_silence()
    assert job.status() == [b"1", b"1", b"1", b"2"]
    job.worker.send(req(WORK_COMPLETE, job.handle, b"z"))
    job.worker.expect_silence()
    job.client.expect_silence()


def test_exceptions_are_the_choice_of_each_client(gearfast: Server) -> None:
    job = Running(gearfast, SUBMIT_JOB, b"same")
    other = gearfast.peer()
    other.send(req(OPTION_REQ, b"exceptions"))
    other.expect(res(OPTION_RES, b"exceptions"))
    assert other.submit(SUBMIT_JOB, job.function, b"same", b"") == job.handle
    job.worker.send(req(WORK_EXCEPTION, job.handle, b"oh no"))
    job.client.expect(res(WORK_FAIL, job.handle))
    other.expect(res(WORK_EXCEPTION, job.handle, b"oh no"))
    job.client.expect_silence()
    other.expect_silence()


@pytest.mark.options("--exceptions")
def test_exceptions_for_every_client(server: Server) -> None:
    job = Running(server)
    job.worker.send(req(WORK_EXCEPTION, job.handle, b"oh no"))
    job.client.expect(res(WORK_EXCEPTION, job.handle, b"oh no"))
    job.client.expect_silence()


@pytest.mark.parametrize("handle", BAD_HANDLES)
def test_handles_that_are_none(server: Server, handle: bytes) -> None:
    worker = server.peer()
    worker.send(req(WORK_DATA, handle, b""), req(WORK_WARNING, handle, b""))
    worker.expect(DATA_FOR_NO_JOB, DATA_FOR_NO_JOB)
    worker.send(req(WORK_STATUS, handle, b"", b""), req(WORK_COMPLETE, handle, b""), req(WORK_FAIL, handle))
    worker.expect(RESULT_FOR_NO_JOB, RESULT_FOR_NO_JOB, RESULT_FOR_NO_JOB)
    worker.send(req(WORK_EXCEPTION, handle, b""))
    worker.expect(EXCEPTION_FOR_NO_JOB)
    worker.expect_silence()


def test_handles_that_resemble_a_running_job(server: Server) -> None:
    job = Running(server)
    number = job.handle.rpartition(b":")[2]
    for handle in (b"h:test:" + number, b"H:test:0" + number, job.handle + b" ", b" " + job.handle, number):
        job.worker.send(req(WORK_DATA, handle, b""), req(WORK_COMPLETE, handle, b""))
        job.worker.expect(DATA_FOR_NO_JOB, RESULT_FOR_NO_JOB)
    job.client.expect_silence()


def test_a_handle_too_long_for_the_table(server: Server) -> None:
    worker, handle = server.peer(), b"h" * 64
    worker.send(req(WORK_DATA, handle, b""), req(WORK_WARNING, handle, b""))
    worker.expect(DATA_FOR_NO_JOB, DATA_FOR_NO_JOB)
    worker.send(req(WORK_STATUS, handle, b"", b""), req(WORK_COMPLETE, handle, b""), req(WORK_FAIL, handle))
    worker.expect(RESULT_FOR_NO_JOB, RESULT_FOR_NO_JOB, HANDLE_TOO_LONG)
    worker.send(req(WORK_EXCEPTION, handle, b""), req(WORK_FAIL, b"h" * 8000))
    worker.expect(EXCEPTION_FOR_NO_JOB, HANDLE_TOO_LONG)
    worker.expect_silence()
