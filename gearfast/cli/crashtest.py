"""`gearfast crashtest`: is an acknowledged job ever lost on this machine, with this store?"""

from __future__ import annotations

import random
import time

import click

from gearfast.cli.tool import Seconds
from gearfast.crashtest.connection import Connection
from gearfast.crashtest.ledger import Ledger, Summary
from gearfast.crashtest.load import Load, submit_one, work
from gearfast.crashtest.victim import Victim
from gearfast.server.errors import ExitCode


@click.command(
    short_help="Does a server that is killed lose acknowledged jobs?",
    epilog="""\b
    Examples:
      gearfast crashtest -- -q libsqlite3 --libsqlite3-db /var/tmp/crashtest.db
      gearfast crashtest --rounds 100 --seconds 0.2 -- -q postgres --libpq-conninfo dbname=crashtest
    """,
    context_settings={"max_content_width": 110},
)
@click.option("--rounds", type=click.IntRange(1), default=10, show_default=True, help="Times it is killed.")
@click.option(
    "--seconds",
    type=Seconds(0.01),
    default=1.0,
    show_default=True,
    help="Time that the server lives at most; it is killed at a random moment of it.",
)
@click.option(
    "--clients", type=click.IntRange(1), default=4, show_default=True, help="Connections that submit."
)
@click.option(
    "--workers", type=click.IntRange(0), default=2, show_default=True, help="Connections that work."
)
@click.argument("options", nargs=-1, metavar="[-- SERVER-OPTIONS]", type=click.UNPROCESSED)
def command(rounds: int, seconds: float, clients: int, workers: int, options: tuple[str, ...]) -> ExitCode:
    """Start a server with these options on a free port, have jobs submitted and worked at full speed, kill
    it (-9), and begin again. At the end every job that was acknowledged must have been worked.

    The store must be empty and nobody else's. Exit code 1: an acknowledged job was lost.
    """
    ledger = Ledger()
    for number in range(1, rounds + 1):
        run_round(ledger, options, random.uniform(0, seconds), clients, workers)
        click.echo(f"round {number}: {told(ledger.summary())}")
    drain(ledger, options)
    summary = ledger.summary()
    click.echo(f"at the end: {told(summary)}; {summary.lost} lost")
    return ExitCode.FAILURE if summary.lost else ExitCode.OK


def run_round(ledger: Ledger, options: tuple[str, ...], seconds: float, clients: int, workers: int) -> None:
    """One life of the server."""
    victim = Victim(options)
    load = Load(ledger, victim.port, clients, workers)
    time.sleep(seconds)
    victim.kill()
    load.join()


def drain(ledger: Ledger, options: tuple[str, ...]) -> None:
    """Work off what is left, and look once more after an orderly stop."""
    for _ in range(2):
        victim = Victim(options)
        try:
            with Connection(victim.port) as connection:
                submit_one(ledger, connection)
                work(ledger, connection, until_empty=True)
        finally:
            victim.stop()


def told(summary: Summary) -> str:
    """In words."""
    return (
        f"{summary.submitted} submitted, {summary.acknowledged} acknowledged, {summary.refused} refused,"
        f" {summary.worked} worked, {summary.repeated} of them more than once"
    )
