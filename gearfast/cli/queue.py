"""`gearfast queue`: the jobs of a store, looked at and carried about while no server uses it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import click

from gearfast.complaint import complain
from gearfast.queue.jobs import read
from gearfast.queue.listing import HEADINGS, Counts, listed
from gearfast.queue.options import check_apart, config_from, opened, split_at_to
from gearfast.queue.transfer import Outcome, export_jobs, import_jobs, move_jobs, report_damaged
from gearfast.server.errors import ExitCode, ServerError

Verb = Callable[..., ExitCode]
STORE = "STORE-OPTIONS"


class _Complaints(logging.Handler):
    """What a store has to say of itself, such as that it may lose jobs."""

    def emit(self, record: logging.LogRecord) -> None:
        complain(record.getMessage())


_COMPLAINTS = _Complaints(logging.WARNING)


@click.group(
    no_args_is_help=False,
    epilog="""\b
    Examples:
      gearfast queue count -q libsqlite3 --libsqlite3-db queue.db
      gearfast queue export -q mysql --mysql-db jobs > jobs.jsonl
      gearfast queue import -q redis --redis-server 192.0.2.7 < jobs.jsonl
      gearfast queue move -q libsqlite3 --libsqlite3-db queue.db --to -q postgres --libpq-conninfo dbname=jobs
    """,
    context_settings={"max_content_width": 110},
)
def command() -> None:
    """Look at the jobs that a store keeps, and carry them about, while no server uses it.

    The commands list, count and export show them, import and move keep them elsewhere; each has a --help.
    STORE-OPTIONS are the server's own, from the command line, the environment and the configuration file: -q
    libsqlite3 --libsqlite3-db FILE. Its other options are taken, too, and mean nothing here.

    Exit code 1: something was no job, or was not taken; 74: the store fails or is in use. What was done until
    then is done, and the command may be given again.
    """
    logging.getLogger("gearfast.stores").addHandler(_COMPLAINTS)


def _verb(name: str, short_help: str, metavar: str = STORE) -> Callable[[Verb], click.Command]:
    """A command whose words are a server's options."""

    def decorate(function: Verb) -> click.Command:
        words = click.argument("words", nargs=-1, metavar=metavar, type=click.UNPROCESSED)
        settings = {"ignore_unknown_options": True}
        make = command.command(name, short_help=short_help, context_settings=settings)
        return make(words(function))

    return decorate


@_verb("list", "One line for each job.")
def list_(words: tuple[str, ...]) -> ExitCode:
    """One line for each job, in the order they came: function, key, priority, bytes of data, and when it is
    due, in seconds since the epoch (0: at once).

    The key is the job's unique, or what the store has for a job without one.
    """
    left = 0
    with opened(config_from(words)) as store:
        _print(["\t".join(HEADINGS)])
        for part in read(store):
            report_damaged(part, store, complain)
            left += len(part.damaged)
            _print(listed(part.jobs))
    return ExitCode.FAILURE if left else ExitCode.OK


@_verb("count", "Jobs by function and priority.")
def count(words: tuple[str, ...]) -> ExitCode:
    """How many jobs there are of each function and priority, and the bytes of their data."""
    counts, left = Counts(), 0
    with opened(config_from(words)) as store:
        for part in read(store):
            report_damaged(part, store, complain)
            left += len(part.damaged)
            counts.add(part.jobs)
    _print(counts.lines())
    return ExitCode.FAILURE if left else ExitCode.OK


@_verb("export", "Every job as a line of JSON.")
def export(words: tuple[str, ...]) -> ExitCode:
    """Write every job to the standard output, as a line of JSON; the store keeps them.

    What is no job is set aside in the store, as the server does it.
    """
    with opened(config_from(words)) as store, _writing():
        return _told(export_jobs(store, sys.stdout.buffer, complain), f"exported from {store.name}")


@_verb("import", "Keep the jobs of such lines.")
def import_(words: tuple[str, ...]) -> ExitCode:
    """Read lines of JSON from the standard input, as export writes them, and keep the jobs in the store.

    A job that is there already, by function and key, is replaced. A line that is no job is passed over and
    reported.
    """
    with opened(config_from(words), makes=True) as store:
        return _told(import_jobs(store, sys.stdin.buffer, complain), f"imported into {store.name}")


@_verb("move", "From one store to another.", f"{STORE} --to {STORE}")
def move(words: tuple[str, ...]) -> ExitCode:
    """Move every job from one store to another, of any kind; the other one's options stand behind --to.

    A job is removed from the first store once the second has it; one that is there already, by function and
    key, is replaced.
    """
    here, there = map(config_from, split_at_to(words))
    check_apart(here, there)
    with opened(here) as source, opened(there, makes=True) as destination:
        outcome = move_jobs(source, destination, complain)
        return _told(outcome, f"moved from {source.name} to {destination.name}")


def _print(lines: Iterable[str]) -> None:
    with _writing():
        for line in lines:
            click.echo(line)


@contextmanager
def _writing() -> Iterator[None]:
    """What goes wrong with the standard output, as ServerError; click deals with a reader that has gone."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise ServerError(ExitCode.OS_ERROR, f"Cannot write the jobs: {error.strerror}.") from error


def _told(outcome: Outcome, what: str) -> ExitCode:
    more = f", {outcome.left} were not" if outcome.left else ""
    complain(f"{outcome.done} jobs were {what}{more}.")
    return ExitCode.FAILURE if outcome.left else ExitCode.OK
