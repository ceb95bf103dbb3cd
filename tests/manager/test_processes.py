"""Processes under `gearfast worker`: shared work, crashes, limits, and the end of all of them."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from gearfast import Client
from gearfast.server.errors import ExitCode
from tests.manager.conftest import Folder, Start, gone, pids_of
from tests.protocol.server import Counts, Server
from tests.support.patience import eventually

Ask = Callable[..., tuple[str, int]]


def test_processes_share_the_work_and_leave_in_order(
    start: Start, client: Client, server: Server, function: str, folder: Folder, ask: Ask
) -> None:
    command = start("--processes", "2", "--threads", "2")
    server.await_counts(function.encode(), Counts(0, 0, 4))
    pids = pids_of(ask, 2)
    assert command.pid not in pids
    names = {Path(f"/proc/{pid}/comm").read_text() for pid in pids}
    assert names == {"tasks:worker\n"}
    jobs = [client.submit(function, b"hold") for _ in range(4)]
    server.await_counts(function.encode(), Counts(4, 4, 4))
    command.signal(signal.SIGTERM)
    command.wait_for_log("stopping on SIGTERM")
    folder.write("hold")
    assert {int(job.result().split()[1]) for job in jobs} == pids
    assert command.wait() == 0
    assert gone(pids)
    assert re.search(r" \d+ jobs were done$", command.log[-1])


def test_a_crash_loop_pauses_longer_and_longer(start: Start, folder: Folder, ask: Ask) -> None:
    folder.write("crash")
    command = start(wait=False)
    command.wait_for_log("is replaced in", 4)
    pauses = [float(line.split()[-2]) for line in command.lines("is replaced in")[:4]]
    assert pauses[0] <= 0.1
    assert 0.4 <= pauses[3] <= 0.8
    assert pauses == sorted(pauses)
    (folder.path / "crash").unlink()
    assert ask()[0] == "first"


@pytest.mark.parametrize(
    ("option", "words"), [("--max-jobs=3", ["", "", ""]), ("--max-memory=150", ["eat"])], ids=str
)
def test_a_process_that_did_enough_is_replaced_at_once(
    start: Start, ask: Ask, option: str, words: list[str]
) -> None:
    command = start("--processes", "1", option)
    first = {ask(word)[1] for word in words}
    assert len(first) == 1
    assert ask()[1] not in first
    assert command.lines(f"process {first.pop()} left and is replaced")
    assert not command.lines("ERROR")


def test_no_process_outlives_a_killed_parent(
    start: Start, client: Client, server: Server, function: str, ask: Ask
) -> None:
    command = start("--processes", "2", "--threads", "2")
    pids = pids_of(ask, 2)
    for _ in range(3):
        client.submit(function, b"hold")
    server.await_counts(function.encode(), Counts(3, 3, 4))
    command.code = -signal.SIGKILL
    command.signal(signal.SIGKILL)
    eventually(lambda: gone(pids), bool, "their end")
    server.await_counts(function.encode(), Counts(3, 0, 0))


def test_a_second_signal_ends_all_at_once(
    start: Start, client: Client, server: Server, function: str, ask: Ask
) -> None:
    command = start()
    pids = pids_of(ask, 1)
    client.submit(function, b"hold")
    server.await_counts(function.encode(), Counts(1, 1, 1))
    command.signal(signal.SIGTERM)
    command.wait_for_log("stopping on SIGTERM")
    command.signal(signal.SIGINT)
    command.code = ExitCode.INTERRUPTED
    assert command.wait() == ExitCode.INTERRUPTED
    eventually(lambda: gone(pids), bool, "their end")
    server.await_counts(function.encode(), Counts(1, 0, 0))


def test_processes_that_are_told_twice_still_finish(
    start: Start, client: Client, server: Server, function: str, folder: Folder, ask: Ask
) -> None:
    """systemd by default sends SIGTERM to all processes of a service."""
    command = start()
    (pid,) = pids_of(ask, 1)
    job = client.submit(function, b"hold")
    server.await_counts(function.encode(), Counts(1, 1, 1))
    os.kill(pid, signal.SIGTERM)
    server.await_counts(function.encode(), Counts(1, 1, 1))
    command.signal(signal.SIGTERM)
    command.wait_for_log("stopping on SIGTERM")
    os.kill(pid, signal.SIGTERM)
    folder.write("hold")
    assert int(job.result().split()[1]) == pid
    assert command.wait() == 0


def test_an_asyncio_worker(start: Start, server: Server, function: str, ask: Ask) -> None:
    command = start("--max-jobs", "2", application="tasks:asynchronous", GEARFAST_WORKER_THREADS="2")
    server.await_counts(function.encode(), Counts(0, 0, 1))
    first = {ask()[1] for _ in range(2)}
    assert len(first) == 1
    assert ask()[1] not in first
    assert command.lines("left and is replaced")


def test_servers_of_the_command_line_win(start: Start, folder: Folder, address: str, ask: Ask) -> None:
    tasks = (folder.path / "tasks.py").read_text()
    folder.write(
        "tasks.py", tasks.replace("worker = Worker()", 'worker = Worker("127.0.0.1:1", processes=9)')
    )
    start("--servers", address)
    assert ask()[0] == "first"


def test_one_log(start: Start, ask: Ask) -> None:
    command = start()
    _, pid = ask("talk")
    command.wait_for_log("shop: two")
    command.signal(signal.SIGTERM)
    assert command.wait() == 0
    own = [re.sub(r"\d{4}-.* \[", "[", line) for line in command.lines(f"[{pid:>6} ]")]
    assert own[1:] == [
        f"   INFO [{pid:>6} ] printed\\x09out",
        f"   INFO [{pid:>6} ] printed without an end",
        f"WARNING [{pid:>6} ] shop: two",
        f"WARNING [{pid:>6} ] lines",
    ]
