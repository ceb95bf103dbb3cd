"""`gearfast worker`: keeps processes of a Python worker at work."""

from __future__ import annotations

import re
from pathlib import Path

import click

from gearfast.links.addresses import addresses_of
from gearfast.manager.settings import Settings
from gearfast.server.errors import ExitCode
from gearfast.server.levels import Level
from gearfast.server.option_types import level

_APPLICATION = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")


def application(_ctx: click.Context, _option: click.Parameter, value: str) -> str:
    """Refuse what is no "module:app"."""
    if not _APPLICATION.fullmatch(value):
        raise click.BadParameter(f"{value!r} is not like shop.tasks:worker, a module and a name in it.")
    return value


def addresses(_ctx: click.Context, _option: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """Servers by their words, separated by commas or given one by one."""
    try:
        return tuple(map(str, addresses_of(",".join(value)))) if value else ()
    except ValueError as error:
        raise click.BadParameter(f"{error}.") from None


@click.command(
    short_help="Keep processes of a Python worker at work.",
    epilog="""\b
    Examples:
      gearfast worker --processes 4 --threads 2 --max-jobs 10000 shop.tasks:worker
      gearfast worker --reload -s jobs1.example.com,jobs2.example.com:4731 tasks:worker
    """,
    context_settings={"max_content_width": 110},
)
@click.option(
    "-s",
    "--servers",
    multiple=True,
    callback=addresses,
    metavar="HOST[:PORT],...",
    help="Servers, in place of the application's; may be repeated.  [default: the application's own, else "
    "GEARMAN_SERVERS or GEARMAN_SERVER, else localhost:4730]",
)
@click.option(
    "--processes", type=click.IntRange(1), default=1, show_default=True, help="That many processes."
)
@click.option(
    "--threads",
    type=click.IntRange(1),
    help="Jobs at a time in each process: a Worker's threads, an AsyncWorker's concurrency.  [default: the "
    "application's]",
)
@click.option("--max-jobs", type=click.IntRange(1), help="Replace a process after so many jobs.")
@click.option(
    "--max-memory", type=click.FloatRange(1), help="Replace a process that has more megabytes than this."
)
@click.option(
    "--stop-timeout",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="Kill a process that was told to leave and has not after so long; the servers give its jobs to "
    "others.  [default: wait for its jobs]",
)
@click.option("--reload", is_flag=True, help="Restart when a .py file below the folder of --app-dir changes.")
@click.option(
    "--app-dir",
    type=click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path),
    default=".",
    help="Where the module is looked for first.  [default: the current folder]",
)
@click.option(
    "--verbose",
    type=level,
    default="INFO",
    show_default=True,
    metavar="LEVEL",
    help="What is logged.",
)
@click.argument("application", metavar="MODULE:APP", callback=application)
def command(
    servers: tuple[str, ...],
    processes: int,
    threads: int | None,
    max_jobs: int | None,
    max_memory: float | None,
    stop_timeout: float | None,
    reload: bool,
    app_dir: Path,
    verbose: Level,
    application: str,
) -> ExitCode:
    """Keep processes of the Worker or AsyncWorker APP in the Python module MODULE at work.

    A process that crashes is replaced, after pauses that grow. SIGHUP has new processes with the code as it
    is now take over, then the old ones finish their jobs and leave; if a new one does not start, the old ones
    stay. SIGTERM and SIGINT finish the jobs and stop, a second one stops at once.
    """
    from gearfast.manager.run import run

    return run(
        Settings(
            application=application,
            app_dir=app_dir,
            processes=processes,
            threads=threads,
            servers=servers,
            max_jobs=max_jobs,
            max_memory=max_memory,
            stop_timeout=stop_timeout,
            reload=reload,
            level=verbose.stdlib,
        )
    )
