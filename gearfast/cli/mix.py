"""`gearfast mix`: job mixes from recordings, shown and compared."""

from __future__ import annotations

from pathlib import Path

import click

from gearfast.cli.tool import Factor, Output, Seconds, reading, sentence, write_text
from gearfast.complaint import complain
from gearfast.links.addresses import addresses_of
from gearfast.mix.gather import NoJobsError, gather
from gearfast.mix.model import Mix
from gearfast.mix.pool import NAMES, Pool
from gearfast.mix.report import RunError, load_run, page, side_by_side
from gearfast.mix.run import Run
from gearfast.mix.schema import MixError, dumps, load
from gearfast.mix.show import comparison, table
from gearfast.recording import Recording, RecordingError
from gearfast.server.errors import ExitCode, ServerError

_FILE = click.Path(path_type=Path)
_HEAD = 200  # bytes; a run tells in them that it is one


@click.group(
    epilog="""\b
    Examples:
      gearfast mix make /var/tmp/monday* > monday.json
      gearfast mix show monday.json
      gearfast mix compare monday.json tuesday.json
    """,
    context_settings={"max_content_width": 110},
)
def command() -> None:
    """What a load is made of: made from a recording, shown, compared."""


@command.command(epilog="Example: gearfast mix make /var/tmp/monday* > monday.json")
@click.argument("recording", nargs=-1, required=True, type=_FILE)
@click.option("--comment", default="", help="What the mix is to say about itself.")
def make(recording: tuple[Path, ...], comment: str) -> None:
    """Sum up the files of a recording as a mix, on stdout. What is damaged is told on stderr and left out."""
    with reading(recording[0], RecordingError, NoJobsError):
        found = Recording(recording)
        mix = gather(found.events(), comment)
    for problem in found.problems:
        complain(f"{problem}.")
    click.echo(dumps(mix), nl=False)


@command.command()
@click.argument("mix", type=_FILE)
@click.option("--chart", type=_FILE, help="Draw it into this file, by matplotlib: gearfast[charts].")
def show(mix: Path, chart: Path | None) -> None:
    """Print a mix as tables."""
    loaded = opened(mix)
    click.echo(table(loaded), nl=False)
    if chart is not None:
        _draw(loaded, chart)


@command.command()
@click.argument("one", type=_FILE)
@click.argument("other", type=_FILE)
def compare(one: Path, other: Path) -> None:
    """Print two mixes side by side, or two runs: what Locust wrote with --run-report."""
    if is_run(one) and is_run(other):
        click.echo(side_by_side(opened_run(one), opened_run(other)), nl=False)
    else:
        click.echo(comparison(opened(one), opened(other)), nl=False)


@command.command()
@click.argument("run", type=_FILE)
def report(run: Path) -> None:
    """Print what Locust wrote with --run-report as a page of Markdown."""
    click.echo(page(opened_run(run)), nl=False)


def _checked_server(_ctx: click.Context, _option: click.Parameter, value: str) -> str:
    """Callback of --server."""
    try:
        addresses_of(value)
    except ValueError as error:
        raise click.BadParameter(sentence(error)) from error
    return value


@command.command()
@click.argument("mix", type=_FILE)
@click.option(
    "--server",
    default="127.0.0.1:4730",
    callback=_checked_server,
    show_default=True,
    help="Whose jobs they do.",
)
@click.option("--scale", type=Factor(), default=1.0, help="How many times as many.")
@click.option("--seconds", type=Seconds(0.0), help="Stop after so long.  [default: at SIGTERM]")
@click.option("--report", type=Output(), help="Write what they did, as JSON.")
def work(mix: Path, server: str, scale: float, seconds: float | None, report: Path | None) -> None:
    """Simulate a mix's workers, at a real server: they run its jobs for as long as the mix says."""
    from gearfast.mix.work import work_for

    pool = Pool(server, opened(mix), scale=scale, names=0 if report is None else NAMES)
    try:
        found = work_for(pool, seconds)
    except ValueError as error:  # a name that no function can have
        raise ServerError(ExitCode.DATA, f"{mix}: {sentence(error)}") from error
    except OSError as error:
        raise ServerError(ExitCode.OS_ERROR, sentence(error)) from error
    if report is not None:
        write_text(report, found)


def opened(path: Path) -> Mix:
    """The mix in a file; raises ServerError with what is wrong with it."""
    with reading(path, MixError):
        return load(path)


def is_run(path: Path) -> bool:
    """Whether the file seems to be of a run, not a mix; raises ServerError when it cannot be read."""
    with reading(path):
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return b'"gearfast_run"' in file.read(_HEAD)


def opened_run(path: Path) -> Run:
    """The run in a file; raises ServerError with what is wrong with it."""
    with reading(path, RunError):
        return load_run(path)


def _draw(mix: Mix, path: Path) -> None:
    from gearfast.mix.charts import draw

    try:
        draw(mix, path)
    except ImportError as error:
        raise ServerError(
            ExitCode.UNAVAILABLE, "matplotlib is missing: pip install 'gearfast[charts]'."
        ) from error
    except (OSError, ValueError) as error:
        raise ServerError(ExitCode.OS_ERROR, f"Cannot draw into {path}: {error}.") from error
