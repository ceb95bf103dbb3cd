"""The same questions again and again, on a screen or into a pipe."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from typing import NoReturn

import click

from gearfast.admin.answers import Answer, Question, as_table, printable
from gearfast.admin.asking import ask_all
from gearfast.complaint import complain
from gearfast.errors import GearfastError
from gearfast.links.addresses import Address

_HOME_AND_CLEAR = "\x1b[H\x1b[J"


def watch(
    address: Address,
    questions: Sequence[Question],
    seconds: float,
    show: Callable[[Sequence[Answer]], object],
    timeout: float,
) -> NoReturn:
    """Ask until interrupted, `seconds` apart, and hand the answers to `show`.

    A server that cannot be reached is asked again; each trouble is told once on stderr.
    """
    told = ""
    while True:
        try:
            show(ask_all(address, questions, timeout))
            told = ""
        except GearfastError as error:
            if told != str(error):
                told = str(error)
                complain(told)
        time.sleep(seconds)


def watch_on_screen(
    address: Address, questions: Sequence[Question], seconds: float, timeout: float
) -> NoReturn:
    """The same on a terminal: each round is drawn over the one before, as tables, cut to the screen."""
    while True:
        try:
            lines = _page(ask_all(address, questions, timeout))
        except GearfastError as error:
            lines = [click.style(str(error), fg="red")]
        draw([_title(address, seconds), "", *lines])
        time.sleep(seconds)


def _page(answers: Sequence[Answer]) -> list[str]:
    """The tables of all answers, with a blank line between them. Raises ProtocolError."""
    width = shutil.get_terminal_size().columns
    lines: list[str] = []
    for answer in answers:
        first, *rest = (printable(line)[:width] for line in as_table(answer))
        lines += ["", click.style(first, bold=True) if rest else first, *rest]
    return lines[1:]


def _title(address: Address, seconds: float) -> str:
    return f"{address} every {seconds:g} s, {time.strftime('%H:%M:%S')}"


def draw(lines: Sequence[str]) -> None:
    """Fill the screen with as many of the lines as fit."""
    height = shutil.get_terminal_size().lines
    click.echo(_HOME_AND_CLEAR + "\n".join(lines[: height - 1]))
