"""`gearfast top`: a live screen of what servers do."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from gearfast.cli.tool import (
    Seconds,
    ToolCommand,
    address_options,
    addresses,
    timeout_option,
    version_option,
)
from gearfast.server.errors import ExitCode, ServerError
from gearfast.top.plain import print_rounds
from gearfast.top.view import NAMES, View
from gearfast.top.watched import Watched

if TYPE_CHECKING:
    from gearfast.top.app import TopApp

TIMEOUT_SECONDS = 3.0


@click.pass_context
def run(
    ctx: click.Context,
    /,
    host: tuple[str, ...],
    port: int | None,
    seconds: float,
    timeout: float,
    sort: str,
    reverse: bool,
    filter: str,  # noqa: A002
    plain: bool,
    once: bool,
) -> ExitCode:
    """Look until told to stop; with --once the exit code is 1 when no server answered."""
    places = [place for each in host or (None,) for place in addresses(ctx, each, port)]
    servers = [Watched(place, timeout) for place in places]
    view = View(sort, reverse, filter)
    try:
        if once or plain or not sys.stdout.isatty():
            print_rounds(servers, view, seconds, 1 if once else None)
        else:
            screen(servers, view, seconds).run()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    finally:
        answered = any(server.known.now for server in servers)
        for server in servers:
            server.close()
    return ExitCode.FAILURE if once and not answered else ExitCode.OK


def screen(servers: Sequence[Watched], view: View, seconds: float) -> TopApp:
    """Raises ServerError when Textual is not installed."""
    try:
        from gearfast.top.app import TopApp
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("textual", "rich"):
            raise
        text = "The live screen needs Textual: pip install 'gearfast[top]'. --plain does without."
        raise ServerError(ExitCode.FAILURE, text) from error
    return TopApp(servers, view, seconds)


command = ToolCommand(
    "top",
    params=[
        *address_options(several=True),
        click.Option(
            ["--seconds"],
            type=Seconds(0.1),
            default=1.0,
            show_default=True,
            metavar="SECONDS",
            help="Time between two looks.",
        ),
        click.Option(
            ["--sort"],
            type=click.Choice(NAMES),
            default="queued",
            show_default=True,
            help="Column that sorts.",
        ),
        click.Option(["--reverse"], is_flag=True, help="The other way round."),
        click.Option(
            ["--filter"], default="", metavar="TEXT", help="Only functions with this in their name."
        ),
        click.Option(["--plain"], is_flag=True, help="Print a table for each look; so it is in a pipe, too."),
        click.Option(["--once"], is_flag=True, help="Print one table and exit."),
        timeout_option(TIMEOUT_SECONDS),
        version_option(),
    ],
    callback=run,
    context_settings={"max_content_width": 110, "help_option_names": ["--help"]},
    help="""Show what servers do: jobs waiting by priority, running jobs, workers and jobs a second of each
    function, summed over the servers.

    Keys: s and S choose the column that sorts, r reverses, / filters, Escape shows all, p pauses, q quits.

    A server that does not answer is asked again. Jobs a second are known of gearfast only: gearmand does not
    count jobs.
    """,
    epilog="""\b
Examples:
  gearfast top
  gearfast top -h jobs1.example.com -h jobs2.example.com:4731 --sort done
  gearfast top --once --filter resize
""",
)
