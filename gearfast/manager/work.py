"""What each process of `gearfast worker` does."""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

from gearfast.manager.application import LoadError, load, run
from gearfast.manager.lines import MarkingHandler
from gearfast.manager.settings import Settings
from gearfast.server.errors import ExitCode
from gearfast.supervisor.report import Report, Reporter

_COMMAND_NAME = Path("/proc/self/comm")
_LONGEST_FAILURE = 1000


def work(settings: Settings, channel: Connection) -> None:
    """Load the application and run it. Exits with CONFIG if there is none."""
    log_to_stderr(settings.level)
    name_process(settings.application)
    if settings.reload:
        # A file of bytecode counts as current when its source changed twice within a second.
        sys.dont_write_bytecode = True
    sys.path.insert(0, str(settings.app_dir))
    try:
        application = load(settings.application)
    except LoadError as error:
        channel.send(Report(failure=str(error)[:_LONGEST_FAILURE]))
        raise SystemExit(ExitCode.CONFIG) from None
    application.override(
        servers=settings.servers or None,
        concurrency=settings.threads,
        processes=0,
        max_jobs=settings.max_jobs,
        max_memory=settings.max_memory,
    )
    with Reporter(application, channel):
        run(application)


def log_to_stderr(level: int) -> None:
    """All logs of this level go to the supervisor, and what is printed goes there at once."""
    gearfast = logging.getLogger("gearfast")
    gearfast.handlers.clear()
    gearfast.propagate = True
    logging.getLogger().addHandler(MarkingHandler())
    logging.getLogger().setLevel(level)
    logging.captureWarnings(True)
    sys.stdout, sys.stderr = (  # anew: they may have been closed, and buffer
        open(descriptor, "w", 1, encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
        for descriptor in (1, 2)
    )


def name_process(name: str) -> None:
    """What `ps -o comm` and `top` show, as far as it fits."""
    with suppress(OSError):
        _COMMAND_NAME.write_text(name[:15])
