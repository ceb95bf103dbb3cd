"""The native engine alone in a process of its own, where its descriptors, threads and counters can be seen.

    with EngineProcess(threads=4, memory_limit=1 << 30) as engine:
        socket.create_connection(("127.0.0.1", engine.port))
        engine.counters()["jobs"]

Keyword arguments are fields of gearfast.server.config.Config. The log holds errors and worse unless they say
otherwise.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.support.child import Child

LOOPBACK = "127.0.0.1"


class EngineProcess(Child):
    """A running engine; leaving the block stops it and checks its exit code."""

    def __init__(self, *, threads: int, **config: Any) -> None:
        super().__init__("tests.support.engine_host", json.dumps({"threads": threads, **config}))
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
