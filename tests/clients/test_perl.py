"""Perl's Gearman::Client and Gearman::Worker."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.clients.admin import Admin
from tests.clients.harness import JobServer, handle
from tests.clients.scripts import Scripts


@pytest.fixture
def perl_scripts(speak: Callable[[str], Scripts]) -> Scripts:
    return speak("perl")


def test_do_task_of_a_megabyte(perl_scripts: Scripts) -> None:
    perl_scripts.worker("upper")
    assert perl_scripts.output("run", "upper", stdin=b"x" * 1_000_000) == b"X" * 1_000_000


def test_do_task_of_every_priority(perl_scripts: Scripts) -> None:
    perl_scripts.worker("upper")
    finished = perl_scripts.run("client", "every_priority")
    assert finished.lines == ["low LOW", "normal NORMAL", "high HIGH", "high_priority OLD"]
    assert b"high_priority is deprecated" in finished.err


def test_do_task_gives_up_after_its_timeout(perl_scripts: Scripts, admin: Admin, server: JobServer) -> None:
    assert perl_scripts.client("timeout") == ["fail Task nobody elapsed timeout [0.1s]", "result undef"]
    # gearmand counts an abandoned job until a worker comes for it; gearfast drops it at once.
    admin.wait_for("nobody", total={"gearmand": 1, "gearfast": 0}[server.kind])


def test_dispatch_background_of_every_priority(perl_scripts: Scripts) -> None:
    lines = perl_scripts.client("background")
    assert lines == [f"low {handle(1)}", f"normal {handle(2)}", f"high {handle(3)}"]
    assert perl_scripts.worker_done(3, "upper") == ["did upper 4", "did upper 6", "did upper 3"]


def test_dispatch_background_coalesces(perl_scripts: Scripts, admin: Admin) -> None:
    """The same unique, then "-" with equal data, "-" with other data, and twice no unique at all."""
    numbers = [1, 1, 2, 2, 3, 4, 5]
    assert perl_scripts.client("coalesce_background") == [handle(number) for number in numbers]
    assert admin.function("upper") == (5, 0, 0)
    assert sorted(admin.listing("show unique jobs")) == ["", "", "-", "-", "same"]


@pytest.mark.parametrize("server_name", ["gearfast-t0", "gearfast-t4"])
def test_an_empty_result(perl_scripts: Scripts) -> None:
    """This worker then leaves out the NUL behind the handle; gearmand closes the connection over it."""
    worker = perl_scripts.worker("empty")
    for number in (1, 2):
        assert perl_scripts.client("observe", "empty") == [f"created empty {handle(number)}", "complete "]
    assert worker.running


def test_a_result_sent_before_the_function_returns(perl_scripts: Scripts) -> None:
    perl_scripts.worker("complete")
    lines = perl_scripts.client("observe", "complete")
    assert lines == [f"created complete {handle(1)}", "complete sent by send_work_complete"]


def test_an_exception_without_the_option(perl_scripts: Scripts, server: JobServer) -> None:
    """gearmand adds a NUL to the handle of this WORK_FAIL, which this client does not know then."""
    perl_scripts.worker("throwing")
    finished = perl_scripts.run("client", "without_exceptions", "throwing")
    created = f"created throwing {handle(1)}"
    if server.kind == "gearmand":
        assert (finished.status, finished.lines) == (255, [created])
        assert f"Got work_fail for unknown handle: {handle(1)}\0".encode() in finished.err
    else:
        assert (finished.status, finished.lines, finished.err) == (0, [created, "fail"], b"")


def test_retries(perl_scripts: Scripts) -> None:
    """Every retry is a new job."""
    perl_scripts.worker("flaky")
    lines = perl_scripts.client("observe_retries", "flaky", "5")
    assert lines == [f"created flaky {handle(1)}", "retry 1", "retry 2", "complete at last"]


def test_retries_run_out(perl_scripts: Scripts) -> None:
    perl_scripts.worker("failing")
    lines = perl_scripts.client("observe_retries", "failing", "2")
    assert lines == [f"created failing {handle(1)}", "retry 1", "retry 2", "fail"]


def test_a_task_set(perl_scripts: Scripts) -> None:
    perl_scripts.worker("upper", "reverse", "failing")
    lines = perl_scripts.client("task_set")
    assert lines[-1] == "waited"
    assert sorted(lines[:-1]) == [
        "first complete ONE",
        "fourth complete FOUR",
        "second complete owt",
        "third fail",
    ]


def test_equal_uniques_in_a_task_set_are_one_job(perl_scripts: Scripts, admin: Admin) -> None:
    client = perl_scripts.start_client("coalesce_in_task_set")
    admin.wait_for_clients("same", 2)
    worker = perl_scripts.worker("upper")
    assert client.finish().lines == [
        f"first {handle(1)}",
        f"second {handle(1)}",
        "first complete FIRST",
        "second complete FIRST",
    ]
    assert worker.read_line() == "did upper 5"


def test_get_status(perl_scripts: Scripts, admin: Admin) -> None:
    perl_scripts.client("background")
    perl_scripts.start_client("observe", "hang")
    admin.wait_for("hang", total=1)
    perl_scripts.worker("hang").read_line()
    assert perl_scripts.client("status", handle(1), handle(4), handle(99)) == [
        f"{handle(1)} known 1 running 0 progress 0/0",
        f"{handle(4)} known 1 running 1 progress 0/0",
        f"{handle(99)} known 0 running 0 progress 0/0",
    ]


def test_get_job_server_status(perl_scripts: Scripts) -> None:
    perl_scripts.client("background")
    perl_scripts.worker("reverse")
    assert perl_scripts.client("server_status") == [
        "reverse capable 1 queued 0 running 0",
        "upper capable 0 queued 3 running 0",
    ]


def test_listings_the_server_does_not_have(perl_scripts: Scripts) -> None:
    assert perl_scripts.client("unknown_listings") == ["jobs 0", "clients 0"]


def test_a_worker_of_several_functions(perl_scripts: Scripts, admin: Admin) -> None:
    worker = perl_scripts.worker("upper", "reverse", "failing")
    assert perl_scripts.client("observe", "upper")[1:] == ["complete X"]
    assert perl_scripts.client("observe", "failing")[1:] == ["fail"]
    assert perl_scripts.client("observe", "reverse")[1:] == ["complete x"]
    assert [worker.read_line() for _ in range(3)] == ["did upper 1", "did failing 1", "did reverse 1"]
    listed = [line for line in admin.listing("workers") if " worker-perl : " in line]
    assert [sorted(line.partition(" : ")[2].split()) for line in listed] == [["failing", "reverse", "upper"]]


def test_a_worker_that_changes_its_functions(perl_scripts: Scripts, admin: Admin) -> None:
    """The changes are sent before the result, so whoever has the result sees them."""
    perl_scripts.worker("upper", "learn", "forget")
    assert perl_scripts.client("run", "learn", stdin=b"reverse") == ["1"]
    assert admin.function("reverse") == (0, 0, 1)
    assert perl_scripts.client("run", "reverse", stdin=b"abc") == ["cba"]
    assert perl_scripts.client("run", "forget", stdin=b"upper") == ["1"]
    assert admin.function("upper") == (0, 0, 0)


def test_a_worker_whose_function_dies(perl_scripts: Scripts) -> None:
    """It sends WORK_EXCEPTION, then WORK_FAIL; the second is refused, which the worker does not survive."""
    worker = perl_scripts.worker("dying")
    seen = perl_scripts.output("observe", "dying")
    assert seen.startswith(f"created dying {handle(1)}\nexception ".encode())
    assert seen.endswith(b"out of luck\n\n")
    finished = worker.finish()
    assert finished.status == 255
    refusal = b"unexpected packet type: error [JOB_NOT_FOUND -- Job given in work result not found]\n"
    assert finished.err == b"Job 'dying' died: out of luck\n" + refusal
