"""The native engine alone in a process of its own, where its descriptors, threads and counters can be seen.

    with EngineProcess(threads=4, max_output=1 << 20) as engine:
        socket.create_connection(("127.0.0.1", engine.port))
        engine.counters()["jobs"]

Keyword arguments are fields of gearfast.server.config.Config.
"""

from __future__ import annotations

import json
import os
import resource
import selectors
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from gearfast._native.engine import Engine

LOOPBACK = "127.0.0.1"
ROOT = Path(__file__).resolve().parents[2]
STOP_SECONDS = 60.0
BACKLOG = 4096


class EngineProcess:
    """A running engine; leaving the block stops it and checks its exit code."""

    def __init__(self, **config: Any) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "tests.support.engine_process", json.dumps(config)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=package_environment(),
            cwd=ROOT,
        )
        self.pid = self._process.pid
        self.port = int(self._read())

    def __enter__(self) -> EngineProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        try:
            self._process.communicate(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
        if kind is None:
            assert self._process.returncode == 0

    def counters(self) -> dict[str, int]:
        """Engine.counters()"""
        return self._ask("counters")  # type: ignore[no-any-return]

    def log(self) -> list[str]:
        """The log's texts since the last call."""
        return self._ask("log")  # type: ignore[no-any-return]

    def set_spinning(self, wanted: bool) -> None:
        """Have one Python thread of the process run pure Python without a pause, or end it."""
        self._ask("spin" if wanted else "rest")

    def limit_descriptors(self, limit: int) -> None:
        """RLIMIT_NOFILE of the running process."""
        self._ask("limit", limit)

    def descriptors(self) -> int:
        """How many are open."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def cpu_ticks(self) -> int:
        """User and system time of the native threads so far, in ticks of SC_CLK_TCK."""
        return sum(map(thread_ticks, Path(f"/proc/{self.pid}/task").iterdir()))

    def _ask(self, verb: str, *arguments: int) -> Any:
        assert self._process.stdin is not None
        print(json.dumps([verb, *arguments]), file=self._process.stdin, flush=True)
        return json.loads(self._read())

    def _read(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the engine's process ended with {self._process.wait()}"
        return line


def package_environment() -> dict[str, str]:
    """Our environment with the repository last on the path: a sanitized package in front stays in front."""
    path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(ROOT)]))
    return os.environ | {"PYTHONPATH": path}


def thread_ticks(task: Path) -> int:
    """Ticks of one thread, 0 if it is not one of the engine's."""
    if not (task / "comm").read_text().startswith("gf-"):
        return 0
    fields = (task / "stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


class Host:
    """The engine on the inside of the process: answers each line of stdin with a line on stdout."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._texts: list[str] = []
        self._spinner: threading.Thread | None = None
        self._shall_spin = False
        self._verbs: dict[str, Callable[..., Any]] = {
            "counters": engine.counters,
            "log": self._take_log,
            "spin": self._spin,
            "rest": self._rest,
            "limit": self._limit,
        }

    def run(self, commands: IO[bytes]) -> None:
        """Serve until stdin ends."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._engine, selectors.EVENT_READ)
            selector.register(commands, selectors.EVENT_READ)
            while True:
                ready = [key.fileobj for key, _ in selector.select()]
                self._collect_log()
                if commands in ready:
                    line = commands.readline()
                    if not line:
                        break
                    verb, *arguments = json.loads(line)
                    print(json.dumps(self._verbs[verb](*arguments)), flush=True)
        self._rest()

    def _collect_log(self) -> None:
        self._texts += [item if isinstance(item, str) else item.text for item in self._engine.read()]

    def _take_log(self) -> list[str]:
        self._collect_log()
        texts, self._texts = self._texts, []
        return texts

    def _spin(self) -> None:
        self._shall_spin = True
        self._spinner = threading.Thread(target=self._run_pure_python)
        self._spinner.start()

    def _run_pure_python(self) -> None:
        while self._shall_spin:
            pass

    def _rest(self) -> None:
        self._shall_spin = False
        if self._spinner is not None:
            self._spinner.join()
            self._spinner = None

    def _limit(self, descriptors: int) -> None:
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, hard))


def main() -> None:
    """Serve on a free port of the loopback, which is the first line printed."""
    from gearfast.server.config import Config
    from gearfast.server.levels import Level
    from gearfast.server.run import make_engine

    settings = {"job_handle_prefix": "H:stress", "verbose": Level.WARNING, **json.loads(sys.argv[1])}
    engine = make_engine(Config(**settings))
    with socket.create_server((LOOPBACK, 0), backlog=BACKLOG) as listener:
        listener.setblocking(False)
        engine.start([listener.fileno()])
        port = listener.getsockname()[1]
    print(port, flush=True)
    # Unbuffered: a buffer would hide lines from the selector.
    with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as commands:
        Host(engine).run(commands)
    engine.stop()


if __name__ == "__main__":
    main()
