"""C programs on libgearman."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.clients.admin import Admin
from tests.clients.harness import JobServer, handle
from tests.clients.scripts import Scripts


@pytest.fixture
def c_programs(speak: Callable[[str], Scripts]) -> Scripts:
    return speak("libgearman")


def test_do_of_every_priority(c_programs: Scripts) -> None:
    c_programs.worker("upper")
    assert c_programs.client("every_priority") == ["normal NORMAL", "high HIGH", "low LOW"]


def test_do_of_a_megabyte(c_programs: Scripts) -> None:
    c_programs.worker("upper")
    assert c_programs.output("run", "upper", stdin=b"x" * (1 << 20)) == b"X" * (1 << 20)


def test_do_background_of_every_priority(c_programs: Scripts) -> None:
    lines = c_programs.client("background", "upper")
    assert lines == [f"low {handle(1)}", f"normal {handle(2)}", f"high {handle(3)}"]
    done = c_programs.worker_done(3, "upper")
    assert done == ["did upper high 3", "did upper normal 2", "did upper low 1"]


def test_tasks_with_contexts(c_programs: Scripts) -> None:
    """The library sends the newest task first; the answers come as the worker gives them."""
    c_programs.worker("upper", "failing")
    lines = c_programs.client("tasks")
    names = ["later low", "later high", "later", "failed", "low", "high", "normal"]
    functions = ["failing" if name == "failed" else "upper" for name in names]
    created = [f"{name} created {function}" for name, function in zip(names, functions, strict=True)]
    assert [line for line in lines if " created " in line] == [
        f"{line} {handle(number)}" for number, line in enumerate(created, 1)
    ]
    ended = sorted(line for line in lines if " created " not in line)
    assert ended == ["failed fail", "high complete H", "low complete L", "normal complete N"]


def test_echo(c_programs: Scripts) -> None:
    assert c_programs.client("echo", "any text") == ["echo GEARMAN_SUCCESS"]


def test_job_status(c_programs: Scripts, admin: Admin) -> None:
    c_programs.client("background", "later")
    c_programs.start_client("observe", "hang")
    admin.wait_for("hang", total=1)
    c_programs.worker("hang").read_line()
    assert c_programs.client("job_status", handle(1)) == ["known 1 running 0 progress 0/0"]
    assert c_programs.client("job_status", handle(4)) == ["known 1 running 1 progress 0/0"]
    assert c_programs.client("job_status", handle(99)) == ["known 0 running 0 progress 0/0"]


def test_unique_status(c_programs: Scripts) -> None:
    c_programs.client("background", "later")
    assert c_programs.client("unique_status", "high") == ["known 1 running 0 progress 0/0 clients 0"]
    assert c_programs.client("unique_status", "nobody") == ["known 0 running 0 progress 0/0 clients 0"]


def test_an_exception_without_the_option(c_programs: Scripts, server: JobServer) -> None:
    """gearmand ends the handle of this WORK_FAIL with a NUL, and libgearman then waits for ever."""
    worker = c_programs.worker("throwing", "upper")
    client = c_programs.start_client("without_exceptions", "throwing")
    assert client.read_line() == f"created throwing {handle(1)}"
    worker.read_line()
    assert c_programs.client("run", "upper", stdin=b"later") == ["LATER"]
    if server.kind == "gearmand":
        assert client.running
    else:
        assert client.finish().lines == ["fail"]


@pytest.mark.parametrize("server_options", [("--exceptions",)])
def test_an_exception_with_the_server_option(c_programs: Scripts) -> None:
    c_programs.worker("throwing")
    lines = c_programs.client("without_exceptions", "throwing")
    assert lines == [f"created throwing {handle(1)}", "exception boom"]


def test_execute(c_programs: Scripts) -> None:
    worker = c_programs.worker("upper")
    assert c_programs.client("execute", "text") == ["GEARMAN_SUCCESS TEXT"]
    assert worker.read_line() == "did upper mine 4"


def test_execute_by_partition(c_programs: Scripts) -> None:
    """SUBMIT_REDUCE_JOB: the splitting worker learns the reducer from JOB_ASSIGN_ALL."""
    c_programs.worker("upper")
    c_programs.worker("split")
    assert c_programs.client("partition", "a bc def") == ["GEARMAN_SUCCESS [DEF][BC][A]"]


def test_execute_by_partition_in_the_background(c_programs: Scripts) -> None:
    upper = c_programs.worker("upper")
    split = c_programs.worker("split")
    assert c_programs.client("partition_background", "a bc def") == [f"GEARMAN_SUCCESS {handle(1)}"]
    assert split.read_line() == "did split u 8"
    sizes = [upper.read_line().rpartition(" ")[2] for _ in range(3)]
    assert sorted(sizes) == ["1", "2", "3"]


def test_a_job_that_is_due(c_programs: Scripts) -> None:
    worker = c_programs.worker("upper")
    assert c_programs.client("epoch", "0") == [f"GEARMAN_SUCCESS {handle(1)}"]
    assert worker.read_line() == "did upper timed 1"


def test_a_job_for_later_stays(c_programs: Scripts, admin: Admin) -> None:
    assert c_programs.client("epoch", "3600") == [f"GEARMAN_SUCCESS {handle(1)}"]
    c_programs.worker("upper")
    assert c_programs.client("run", "upper", stdin=b"now") == ["NOW"]
    assert admin.function("upper") == (1, 0, 1)
    assert c_programs.client("job_status", handle(1)) == ["known 1 running 0 progress 0/0"]


@pytest.mark.parametrize("server_name", ["gearfast-t0", "gearfast-t1", "gearfast-t4"], indirect=True)
def test_a_sleeping_worker_wakes_for_a_job_that_becomes_due(c_programs: Scripts) -> None:
    """gearmand 1.1 leaves the worker asleep."""
    worker = c_programs.worker("upper")
    c_programs.client("epoch", "1")
    assert worker.read_line() == "did upper timed 1"


def test_a_namespace_is_a_prefix_of_the_function(c_programs: Scripts, admin: Admin) -> None:
    c_programs.start_worker("upper", env={"NAMESPACE": "space"})
    admin.wait_for("spaceupper", workers=1)
    assert c_programs.client("namespaced", "space") == ["normal NORMAL", "high HIGH", "low LOW"]


def test_the_identifier_of_a_worker(c_programs: Scripts, admin: Admin) -> None:
    c_programs.worker("upper", "chatty", env={"IDENTIFIER": "worker-c"})
    listed = [line.partition(" worker-c : ")[2] for line in admin.listing("workers")]
    assert sorted(listed) == ["", "upper chatty"]


@pytest.mark.parametrize(("grab", "unique"), [("job", "-"), ("uniq", "high")])
def test_older_ways_to_grab(c_programs: Scripts, grab: str, unique: str) -> None:
    c_programs.client("background", "upper")
    assert c_programs.worker_done(1, "upper", env={"GRAB": grab}) == [f"did upper {unique} 3"]


def test_a_worker_that_waits_in_vain(c_programs: Scripts) -> None:
    assert c_programs.worker_done(2, "upper", env={"TIMEOUT": "50"}) == ["timed out", "timed out"]
