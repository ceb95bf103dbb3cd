"""New processes take over: on SIGHUP, on changed code, and not when they fail to start."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest

from gearfast import Client
from tests.manager.conftest import Folder, Start, gone, pids_of
from tests.protocol.server import Counts, Server
from tests.support.patience import eventually

Ask = Callable[..., tuple[str, int]]


def test_the_old_finish_their_jobs_while_the_new_work(
    start: Start, client: Client, server: Server, function: str, folder: Folder, ask: Ask
) -> None:
    command = start()
    (old,) = pids_of(ask, 1)
    job = client.submit(function, b"hold")
    server.await_counts(function.encode(), Counts(1, 1, 1))
    folder.set_version("the second")
    command.hang_up()
    command.await_ready(2)
    version, new = ask()
    assert (version, new != old) == ("the second", True)
    server.await_counts(function.encode(), Counts(1, 1, 2))
    folder.write("hold")
    assert job.result() == b"first %d" % old
    eventually(lambda: gone({old}), bool, "its end")


def test_stopping_lets_those_finish_that_were_about_to_leave(
    start: Start, client: Client, server: Server, function: str, folder: Folder
) -> None:
    command = start()
    job = client.submit(function, b"hold")
    server.await_counts(function.encode(), Counts(1, 1, 1))
    command.hang_up()
    command.await_ready(2)
    command.signal(signal.SIGTERM)
    command.wait_for_log("stopping on SIGTERM")
    folder.write("hold")
    assert job.result().startswith(b"first ")
    assert command.wait() == 0


def test_a_process_whose_job_never_ends_is_killed_in_the_end(
    start: Start, client: Client, server: Server, function: str, folder: Folder, ask: Ask
) -> None:
    """Its job goes to a new one."""
    command = start("--stop-timeout", "0.1")
    (old,) = pids_of(ask, 1)
    job = client.submit(function, b"hold")
    server.await_counts(function.encode(), Counts(1, 1, 1))
    folder.set_version("the second")
    command.hang_up()
    command.await_ready(2)
    command.wait_for_log(f"process {old} has not left within 0.1 s and is killed")
    eventually(lambda: gone({old}), bool, "its end")
    server.await_counts(function.encode(), Counts(1, 1, 1))
    folder.write("hold")
    assert job.result().startswith(b"the second ")


def test_stopping_waits_no_longer_than_that(
    start: Start, client: Client, server: Server, function: str
) -> None:
    command = start("--stop-timeout", "0.1")
    client.submit(function, b"hold", background=True)
    server.await_counts(function.encode(), Counts(1, 1, 1))
    command.signal(signal.SIGTERM)
    command.wait_for_log("has not left within 0.1 s and is killed")
    assert command.wait() == 0
    server.await_counts(function.encode(), Counts(1, 0, 0))


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("version.py", "VERSION = (", "cannot import tasks: SyntaxError"),
        ("crash", "", "was killed by signal 9"),
    ],
    ids=["broken", "crashing"],
)
def test_new_ones_that_fail_leave_the_old_ones_at_work(
    start: Start, folder: Folder, ask: Ask, name: str, text: str, reason: str
) -> None:
    command = start("--processes", "2")
    old = pids_of(ask, 2)
    folder.write(name, text)
    command.hang_up()
    assert reason in command.wait_for_log("the new processes are given up, the old ones go on")
    assert ask()[1] in old
    folder.set_version("the mended one")
    (folder.path / "crash").unlink(missing_ok=True)
    command.hang_up()
    command.await_ready(2)
    eventually(lambda: ask()[0], lambda version: version == "the mended one", "it")


def test_a_process_of_the_old_ones_may_crash_meanwhile(
    start: Start, folder: Folder, ask: Ask, client: Client, function: str
) -> None:
    """What follows loads the broken code, too: it is tried until the code is mended."""
    command = start("--processes", "2")
    victim = ask()[1]
    folder.write("version.py", "VERSION = (")
    os.kill(victim, signal.SIGKILL)
    command.wait_for_log("failed to start (cannot import tasks: SyntaxError", 2)
    assert ask()[0] == "first"
    folder.set_version("the mended one")
    eventually(lambda: ask()[0], lambda version: version == "the mended one", "it")


def test_restarted_again_before_the_new_ones_are_ready(start: Start, folder: Folder, ask: Ask) -> None:
    command = start()
    folder.write("version.py", "import time\nprint('slow')\ntime.sleep(3600)\n")
    command.hang_up()
    command.wait_for_log("slow")
    assert ask()[0] == "first"
    folder.set_version("the second")
    command.hang_up()
    command.await_ready(2)
    eventually(lambda: ask()[0], lambda version: version == "the second", "the new version")


def test_reload_when_the_code_changes(start: Start, folder: Folder, ask: Ask) -> None:
    command = start("--reload")
    assert ask()[0] == "first"
    folder.set_version("other")  # as long as the one before: bytecode of the same second must not be used
    command.wait_for_log("restarting, the code has changed")
    eventually(lambda: ask()[0], lambda version: version == "other", "the new version")


def test_reload_waits_for_code_that_can_be_loaded(start: Start, folder: Folder, ask: Ask) -> None:
    folder.write("version.py", "VERSION = (")
    command = start("--reload", wait=False)
    command.wait_for_log("the new processes are given up, a restart is waited for")
    folder.set_version("the mended one")
    assert ask()[0] == "the mended one"
