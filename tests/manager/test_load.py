"""Jobs go on while processes are killed and replaced, on both servers."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from gearfast import Client
from tests.clients.requirements import require
from tests.manager.conftest import Folder, Start
from tests.protocol.flavours import STARTERS
from tests.protocol.server import Process
from tests.support.patience import eventually
from tests.support.peers import gearmand_path

Ask = Callable[..., tuple[str, int]]


@pytest.fixture(scope="module", params=["gearfast", "gearmand"])
def process(request: pytest.FixtureRequest) -> Iterator[Process]:
    require(request.param != "gearmand" or gearmand_path() is not None, "gearmand is not installed")
    with STARTERS[request.param]("--threads", "4") as running:
        yield running


def test_a_killed_process_loses_no_job(
    start: Start, client: Client, function: str, folder: Folder, ask: Ask
) -> None:
    command = start("--processes", "2")
    jobs = client.submit_many(function, [b"%d" % number for number in range(400)])
    killed: list[int] = []
    for number in range(3):
        done = len(folder.written_down())
        eventually(partial(more_than, folder, done), bool, "another job")
        pid = int(command.wait_for_log("started", 2 + number).split()[-2])
        os.kill(pid, signal.SIGKILL)
        killed.append(pid)
        command.wait_for_log("started", 3 + number)
    assert len([job.result() for job in jobs]) == 400
    assert set(folder.written_down()) == {str(number) for number in range(400)}
    assert ask()[1] not in killed


def more_than(folder: Folder, done: int) -> bool:
    return len(folder.written_down()) > done


def test_under_load_no_job_fails_and_none_runs_twice(
    start: Start, client: Client, function: str, folder: Folder
) -> None:
    command = start("--processes", "2", "--threads", "2")
    results: list[bytes] = []
    ended = threading.Event()

    def load() -> None:
        while not ended.is_set():
            batch = [b"%d" % number for number in range(len(results), len(results) + 50)]
            results.extend(client.map(function, batch))

    thread = threading.Thread(target=load)
    thread.start()
    versions = ["first", "the second", "and the third"]
    for times, version in enumerate(versions[1:], 2):
        await_more(results)
        folder.set_version(version)
        command.hang_up()
        command.await_ready(times)
        command.wait_for_log("left", 2 * (times - 1))
    await_more(results)
    ended.set()
    thread.join()
    seen = [result.decode().rpartition(" ")[0] for result in results]
    assert list(dict.fromkeys(seen)) == versions
    assert sorted(folder.written_down(), key=int) == [str(number) for number in range(len(results))]
    assert not command.lines("ERROR")


def await_more(results: list[bytes]) -> None:
    before = len(results)
    eventually(lambda: len(results), lambda count: count > before, "jobs done")
