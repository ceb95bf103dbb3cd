"""PHP's GearmanClient and GearmanWorker."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.clients.admin import Admin
from tests.clients.harness import handle
from tests.clients.scripts import Scripts

UNKNOWN = "[false,false,0,0]"
RAN = "run true 0"


@pytest.fixture
def php_scripts(speak: Callable[[str], Scripts]) -> Scripts:
    return speak("php")


def test_do_normal_high_and_low(php_scripts: Scripts) -> None:
    php_scripts.worker("upper")
    lines = php_scripts.client("every_priority")
    assert lines == ["doNormal NORMAL", "doHigh HIGH", "doLow LOW", "code 0"]


def test_do_normal_of_a_megabyte(php_scripts: Scripts) -> None:
    php_scripts.worker("upper")
    assert php_scripts.output("run", "upper", stdin=b"x" * 1_000_000) == b"X" * 1_000_000


def test_the_worker_sees_handle_function_and_unique(php_scripts: Scripts) -> None:
    php_scripts.worker("details")
    told, function, unique = php_scripts.client("run", "details", stdin=b"x")[0].split()
    assert (told, function, len(unique)) == (handle(1), "details", 36)


@pytest.mark.parametrize(
    ("function", "seen"),
    [
        ("chatty", 'success "part onepart twoall done"'),
        ("complete", 'success "sent by sendComplete"'),
        ("nothing", 'success ""'),
        ("throwing", 'exception ""'),
        ("failing", 'fail ""'),
        ("failing_by_return", 'fail ""'),
    ],
)
def test_do_normal_returns_what_the_worker_sent(php_scripts: Scripts, function: str, seen: str) -> None:
    php_scripts.worker(function)
    assert php_scripts.client("do_in_pieces", function) == [seen]


def test_do_background_of_every_priority(php_scripts: Scripts) -> None:
    lines = php_scripts.client("background")
    assert lines == [
        f"doLowBackground {handle(1)}",
        f"doBackground {handle(2)}",
        f"doHighBackground {handle(3)}",
        "code 0",
    ]
    assert php_scripts.worker_done(3, "upper") == [
        "did upper high 3",
        "did upper normal 2",
        "did upper low 1",
    ]


def test_background_jobs_coalesce_within_a_function(php_scripts: Scripts) -> None:
    assert php_scripts.client("coalesce") == [handle(1), handle(1), handle(2)]
    assert php_scripts.worker_done(1, "upper") == ["did upper same 5"]


def test_job_status_of_a_waiting_a_running_and_an_unknown_job(php_scripts: Scripts, admin: Admin) -> None:
    php_scripts.client("background")
    waiting = "[true,false,0,0]"
    lines = php_scripts.client("job_status", handle(1), "low")
    assert lines == [f"handle {waiting}", f"unique {waiting}"]
    lines = php_scripts.client("job_status", handle(99), "nobody")
    assert lines == [f"handle {UNKNOWN}", f"unique {UNKNOWN}"]
    php_scripts.start_client("observe", "hang")
    php_scripts.worker("hang").read_line()
    assert admin.function("hang") == (1, 1, 1)
    assert php_scripts.client("job_status", handle(4), "")[0] == "handle [true,true,0,0]"
    assert php_scripts.client("task_status", handle(4)) == ["asked [true,true] 0/0", RAN]


def test_callbacks_get_the_context_of_their_task(php_scripts: Scripts) -> None:
    php_scripts.worker("upper")
    lines = php_scripts.client("observe", "upper", "mine")
    assert lines == [f"mine created upper {handle(1)}", "mine complete X"]


def test_fail_callback(php_scripts: Scripts) -> None:
    php_scripts.worker("failing_by_return")
    lines = php_scripts.client("observe", "failing_by_return")
    assert lines == [f"created failing_by_return {handle(1)}", "fail"]


def test_exception_callback(php_scripts: Scripts) -> None:
    """PHP switches the exceptions option on by itself; asking for it once more changes nothing."""
    php_scripts.worker("throwing")
    lines = php_scripts.client("observe", "throwing")
    assert lines == [f"created throwing {handle(1)}", "exception boom"]
    lines = php_scripts.client("observe_exceptions", "throwing")
    assert lines == ["enabled true", f"created throwing {handle(2)}", "exception boom"]


def test_a_worker_whose_function_throws(php_scripts: Scripts) -> None:
    """The extension reports the exception in its own words before the process ends."""
    worker = php_scripts.worker("uncaught")
    lines = php_scripts.client("observe", "uncaught")
    assert lines == [f"created uncaught {handle(1)}", "exception Unable to add worker function"]
    assert worker.finish().status == 255


def test_tasks_of_every_priority_run_together(php_scripts: Scripts) -> None:
    php_scripts.worker("upper")
    lines = php_scripts.client("tasks")
    assert lines[-1] == RAN
    assert sorted(lines[:-1]) == ["high H", "low L", "normal N"]


def test_background_tasks_are_created_and_nothing_more(php_scripts: Scripts) -> None:
    lines = php_scripts.client("background_tasks")
    assert lines[-1] == RAN
    assert sorted(line.rpartition(":")[0] for line in lines[:-1]) == [
        f"{context} created upper {handle(1).rpartition(':')[0]}" for context in ("high", "low", "normal")
    ]
    assert php_scripts.worker_done(3, "upper") == ["did upper h 1", "did upper n 1", "did upper l 1"]


def test_ping(php_scripts: Scripts) -> None:
    assert php_scripts.client("ping", "any text") == ["ping true 0"]


def test_a_client_that_gives_up(php_scripts: Scripts) -> None:
    assert php_scripts.client("timeout", "nobody") == ["result ''", "timed out true"]


def test_the_life_of_a_worker(php_scripts: Scripts) -> None:
    assert php_scripts.run("worker_life").lines == [
        "ping: true",
        "setId: true",
        "registered: timed out, life-php : one two three four",
        "unregistered two: timed out, life-php : one three four",
        "unregistered all: code 34, life-php :",
        "only one: timed out, life-php : one",
        f"submitted: {handle(1)}",
        f"grabbed: {handle(1)} one u by hand",
        "running: [true,true,0,0]",
        "progress: [true,true,2,5]",
        "unique: [true,true,2,5]",
        f"done: {UNKNOWN}",
    ]
