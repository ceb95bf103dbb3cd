"""A worker dies or takes too long: the job goes to another worker and the client never knows."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.clients.admin import Admin
from tests.clients.harness import JobServer, Program, Programs, handle
from tests.clients.scripts import Scripts
from tests.clients.servers import MAIN_SERVERS

pytestmark = pytest.mark.parametrize("server_name", MAIN_SERVERS, indirect=True)

LANGUAGES = ["php", "perl", "libgearman", "gear", "ours"]


@pytest.fixture
def hanging(speak: Callable[[str], Scripts], admin: Admin) -> Callable[[str, str], tuple[Program, Program]]:
    """Starts a client, and a worker of the language that hangs on the client's job; returns both."""

    def start(language: str, function: str = "hang") -> tuple[Program, Program]:
        client = speak(language).start_client("observe", "hang")
        assert client.read_line() == f"created hang {handle(1)}"
        worker = speak(language).worker(function)
        assert worker.read_line() == "hanging"
        return client, worker

    return start


@pytest.fixture
def rescue(gearman: str, server: JobServer, programs: Programs) -> Callable[[], Program]:
    """Starts a worker that does the job right."""
    command = [gearman, "-h", server.host, "-p", str(server.port), "-w", "-f", "hang", "--", "tr", "x", "y"]
    return lambda: programs.start(command)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_killed_worker(
    hanging: Callable[[str], tuple[Program, Program]],
    rescue: Callable[[], Program],
    admin: Admin,
    language: str,
) -> None:
    client, worker = hanging(language)
    assert admin.listing("show jobs") == [f"{handle(1)}\t0\t0\t0"]
    worker.kill()
    admin.wait_for("hang", total=1, running=0, workers=0)
    assert admin.listing("show jobs") == [f"{handle(1)}\t1\t0\t0"]
    rescue()
    assert client.finish().lines == ["complete y"]
    assert admin.function("hang") == (0, 0, 1)


def test_a_killed_gearman_tool(
    gearman: str, server: JobServer, programs: Programs, rescue: Callable[[], Program], admin: Admin
) -> None:
    command = [gearman, "-h", server.host, "-p", str(server.port)]
    worker = programs.start([*command, "-w", "-f", "hang", "--", "sleep", "1000"])
    client = programs.start([*command, "-f", "hang", "x"])
    admin.wait_for("hang", total=1, running=1)
    worker.kill()
    admin.wait_for("hang", total=1, running=0)
    rescue()
    assert client.finish().out == b"y"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_worker_over_its_time_limit(
    hanging: Callable[[str, str], tuple[Program, Program]],
    rescue: Callable[[], Program],
    admin: Admin,
    language: str,
) -> None:
    """Limits under a second count as one. The slow worker is told nothing and keeps its registration."""
    client, worker = hanging(language, "hang/10")
    admin.wait_for("hang", total=1, running=0, workers=1)
    admin.wait_for_waiting("hang", 1)
    rescue()
    assert client.finish().lines == ["complete y"]
    assert worker.running
    assert admin.function("hang") == (0, 0, 2)


@pytest.mark.parametrize("server_options", [("--job-retries", "1")])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_last_attempt_fails_the_job(
    hanging: Callable[[str], tuple[Program, Program]], admin: Admin, language: str
) -> None:
    client, worker = hanging(language)
    worker.kill()
    assert client.finish().lines == ["fail"]
    admin.wait_for("hang", total=0, running=0, workers=0)
