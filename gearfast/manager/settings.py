"""What `gearfast worker` was told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """`application` is "module:app"; `servers` empty and None elsewhere leave things to the application.

    `max_memory` is in megabytes, `level` one of Python's logging.
    """

    application: str
    app_dir: Path
    processes: int
    threads: int | None
    servers: tuple[str, ...]
    max_jobs: int | None
    max_memory: float | None
    stop_timeout: float | None
    reload: bool
    level: int
