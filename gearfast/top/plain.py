"""The table as text, for a pipe or a file."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import click

from gearfast.top.lines import lines_of
from gearfast.top.view import View, server_line, table
from gearfast.top.watched import Watched

WIDTH = 120


def print_rounds(servers: Sequence[Watched], view: View, seconds: float, rounds: int | None) -> None:
    """Print a table for each round, `seconds` apart; None: until interrupted. Rates need a look before."""
    look_at_all(servers)
    printed = 0
    while rounds is None or printed < rounds:
        time.sleep(seconds)
        look_at_all(servers)
        click.echo("\n".join([*page(servers, view, WIDTH), ""]))
        printed += 1


def page(servers: Sequence[Watched], view: View, width: int) -> list[str]:
    """A line for each server, and the table."""
    return [*(server_line(server, width) for server in servers), *table(lines_of(servers), view, width)]


def look_at_all(servers: Sequence[Watched]) -> None:
    """Returns when each has answered or its time is up."""
    with ThreadPoolExecutor(len(servers)) as threads:
        list(threads.map(Watched.look, servers))
