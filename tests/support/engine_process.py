"""The native engine alone in a process of its own, where its descriptors, threads and counters can be seen.

    with EngineProcess(threads=4, memory_limit=1 << 30) as engine:
        socket.create_connection(("127.0.0.1", engine.port))
        engine.counters()["jobs"]

Keyword arguments are fields of gearfast.server.config.Config. The log holds errors and worse unless they say
otherwise.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import Any

from gearfast._native.engine import Engine
from gearfast.server.addresses import resolve
from gearfast.server.config import Config
from gearfast.server.levels import Level
from gearfast.server.listen import Opener
from gearfast.server.run import make_engine
from tests.support.child import Child, Spinner, Verbs, answer_questions, tell

LOOPBACK = "127.0.0.1"


class EngineProcess(Child):
    """A running engine; leaving the block stops it and checks its exit code."""

    def __init__(self, *, threads: int, **config: Any) -> None:
        super().__init__("tests.support.engine_process", json.dumps({"threads": threads, **config}))
        self.threads = threads
        self.port: int = self.read()

    def __enter__(self) -> EngineProcess:
        return self

    def counters(self) -> dict[str, int]:
        """Engine.counters()"""
        return self.ask("counters")  # type: ignore[no-any-return]

    def log(self) -> list[str]:
        """The log's texts since the last call."""
        return self.ask("log")  # type: ignore[no-any-return]

    def limit_descriptors(self, limit: int) -> None:
        """RLIMIT_NOFILE of the running process."""
        self.ask("limit", limit)

    def descriptors(self) -> int:
        """How many are open."""
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))

    def cpu_ticks(self) -> int:
        """User and system time of the native threads so far, in ticks of SC_CLK_TCK."""
        return sum(map(thread_ticks, Path(f"/proc/{self.pid}/task").iterdir()))


def thread_ticks(task: Path) -> int:
    """Ticks of one thread, 0 if it is not one of the engine's."""
    if not (task / "comm").read_text().startswith("gf-"):
        return 0
    fields = (task / "stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


class LogKeeper:
    """Reads the engine's log as it comes, since the engine keeps only so much of it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._texts: list[str] = []

    def collect(self) -> None:
        self._texts += [item if isinstance(item, str) else item.text for item in self._engine.read()]

    def take(self) -> list[str]:
        self.collect()
        texts, self._texts = self._texts, []
        return texts


def limit_descriptors(limit: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))


def start_engine(settings: dict[str, Any]) -> tuple[Engine, int]:
    """An engine that serves on a free port of the loopback, and the port."""
    settings["verbose"] = Level(settings.get("verbose", Level.ERROR))
    config = Config(**{"job_handle_prefix": "H:stress", **settings})
    engine = make_engine(config)
    with Opener(config.backlog).open_all(resolve((LOOPBACK,), 0)) as listeners:
        engine.start(listeners.filenos())
        assert listeners.port is not None
        return engine, listeners.port


def main() -> None:
    """Serve until the end of stdin."""
    engine, port = start_engine(json.loads(sys.argv[1]))
    tell(port)
    log, spinner = LogKeeper(engine), Spinner()
    own: Verbs = {"counters": engine.counters, "log": log.take, "limit": limit_descriptors}
    answer_questions({**own, **spinner.verbs()}, {engine: log.collect})
    spinner.stop()
    engine.stop()


if __name__ == "__main__":
    main()
