"""The process of EngineProcess, as Child: serves until the end of stdin.

python -m tests.support.engine_host CONFIG
"""

from __future__ import annotations

import json
import resource
import sys
from typing import Any

from gearfast._native.engine import Engine
from gearfast.server.addresses import resolve
from gearfast.server.config import Config
from gearfast.server.levels import Level
from gearfast.server.listen import Opener
from gearfast.server.run import make_engine
from tests.support.child import Spinner, Verbs, answer_questions, tell
from tests.support.engine_process import LOOPBACK


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
