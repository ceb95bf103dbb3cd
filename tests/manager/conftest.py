"""`gearfast worker` at work on a real server, with a copy of tasks.py that a test may change."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from gearfast import Client
from tests.protocol.flavours import Flavour
from tests.protocol.server import Server
from tests.support.gearfast_process import Gearfast, gearfast
from tests.support.on_server import address as address
from tests.support.on_server import client as client
from tests.support.on_server import function as function
from tests.support.patience import eventually

TASKS = Path(__file__).with_name("tasks.py")

Start = Callable[..., "Command"]


class Command(Gearfast):
    """A running `gearfast worker`. `code` is the exit code that is expected."""

    code = 0

    def await_ready(self, times: int = 1) -> None:
        """Until processes are ready for so many times."""
        self.wait_for_log(" are ready", times)

    def lines(self, text: str) -> list[str]:
        return [line for line in self.log if text in line]

    def hang_up(self) -> None:
        self.signal(signal.SIGHUP)


@contextmanager
def command(*options: str, env: dict[str, str], cwd: Path) -> Iterator[Command]:
    process = Command(("worker", *options), env, cwd)
    try:
        yield process
    except BaseException:
        process.process.kill()
        process.wait()
        raise
    code = process.end()
    assert (code, process.foreign_lines()) == (process.code, []), "\n".join(process.log)


class Folder:
    """Where the code is."""

    def __init__(self, path: Path) -> None:
        self.path = path
        shutil.copy(TASKS, path)
        self.set_version("first")

    def set_version(self, version: str) -> None:
        """Versions have to differ in length: Python tells sources of the same second by that."""
        self.write("version.py", f"VERSION = {version!r}\n")

    def write(self, name: str, text: str = "") -> None:
        """All at once, so that nobody reads the half of it."""
        new = self.path / "new"
        new.write_text(text)
        new.rename(self.path / name)

    def written_down(self) -> list[str]:
        """What jobs have written down."""
        path = self.path / "done"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture(scope="module")
def process() -> Iterator[Gearfast]:
    with gearfast("--threads", "4") as running:
        yield running


@pytest.fixture
def server(process: Gearfast) -> Iterator[Server]:
    with closing(Server(Flavour("gearfast", 4), process)) as view:
        yield view


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.fixture
def start(folder: Folder, address: str, function: str) -> Iterator[Start]:
    """Starts `gearfast worker` with more options, by default for tasks:worker; it is stopped at the end."""
    with ExitStack() as stack:

        def begin(
            *options: str, application: str = "tasks:worker", wait: bool = True, **more: str
        ) -> Command:
            env = {"GEARMAN_SERVERS": address, "FUNCTION": function} | more
            running = stack.enter_context(command(*options, application, env=env, cwd=folder.path))
            if wait:
                running.await_ready()
            return running

        yield begin


@pytest.fixture
def ask(client: Client, function: str) -> Callable[..., tuple[str, int]]:
    """Has a job done; returns the version and the pid of who did it."""

    def call(word: str = "") -> tuple[str, int]:
        version, _, pid = client.call(function, word.encode()).decode().rpartition(" ")
        return version, int(pid)

    return call


def pids_of(ask: Callable[..., tuple[str, int]], enough: int) -> set[int]:
    """The processes that do the jobs, once so many have been seen."""
    seen: set[int] = set()

    def look() -> int:
        seen.add(ask()[1])
        return len(seen)

    eventually(look, lambda count: count >= enough, f"{enough} processes")
    return seen


def gone(pids: set[int]) -> bool:
    """Whether all have ended, although perhaps nobody has asked how."""
    return not any(lives(pid) for pid in pids)


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
