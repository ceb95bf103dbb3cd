"""`gearfast admin`: questions and orders to a server, as `gearadmin` puts them."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from gearfast.admin.answers import Answer, Question, as_gearadmin, as_json
from gearfast.admin.asking import ask_all, ask_each
from gearfast.admin.connection import TIMEOUT_SECONDS
from gearfast.admin.operations import OPERATIONS, RECORD, Operation
from gearfast.admin.watch import watch, watch_on_screen
from gearfast.cli.tool import (
    Seconds,
    ToolCommand,
    address_options,
    addresses,
    timeout_option,
    usage_error,
    version_option,
)
from gearfast.errors import GearfastError
from gearfast.server.errors import ExitCode, ServerError

WATCH_SECONDS = 2.0


@click.pass_context
def run(
    ctx: click.Context,
    /,
    host: str | None,
    port: int | None,
    timeout: float,
    watch_seconds: float | None,
    json: bool,
    **values: Any,
) -> ExitCode:
    """Ask what the options say, over one connection; returns the exit code."""
    questions = questions_of(values)
    if not questions:
        raise usage_error(ctx, "No operation is given.")
    address = addresses(ctx, host, port)[0]
    try:
        if watch_seconds is not None:
            refuse_changes(ctx, questions)
            if sys.stdout.isatty() and not json:
                watch_on_screen(address, questions, watch_seconds, timeout)
            watch(address, questions, watch_seconds, print_json if json else print_all, timeout)
        if json:
            return print_json(ask_all(address, questions, timeout))
        for answer in ask_each(address, questions, timeout):
            print_as_gearadmin(answer)
    except (GearfastError, ValueError) as error:
        raise ServerError(ExitCode.FAILURE, str(error)) from error
    except KeyboardInterrupt:
        if watch_seconds is None:
            raise
    return ExitCode.OK


def questions_of(values: dict[str, Any]) -> list[Question]:
    """The operations that were asked for, in their order."""
    questions = []
    for operation in OPERATIONS:
        value = values[operation.name]
        if operation.argument:
            questions += [Question(operation, os.fsencode(argument)) for argument in value]
        elif value:
            questions.append(Question(operation))
    return questions


def refuse_changes(ctx: click.Context, questions: Sequence[Question]) -> None:
    """What is repeated may only look."""
    for question in questions:
        if question.changes:
            raise usage_error(ctx, f"--watch does not go with {question.operation.option}.")


def print_as_gearadmin(answer: Answer) -> None:
    out, err = as_gearadmin(answer)
    click.echo(out, nl=False)
    click.echo(err, nl=False, err=True)


def print_all(answers: Sequence[Answer]) -> None:
    for answer in answers:
        print_as_gearadmin(answer)


def print_json(answers: Sequence[Answer]) -> ExitCode:
    """One line; the exit code tells whether all was accepted."""
    text, accepted = as_json(answers)
    click.echo(text)
    return ExitCode.OK if accepted else ExitCode.FAILURE


def option_of(operation: Operation) -> click.Option:
    if operation.argument:
        return click.Option(
            [operation.option], multiple=True, metavar=operation.argument, help=operation.help
        )
    return click.Option([operation.option], is_flag=True, help=operation.help)


class AdminCommand(ToolCommand):
    """`--record start NAME` is one operation in three words."""

    def joined(self, words: list[str]) -> list[str]:
        found: list[str] = []
        left = iter(words)
        for word in left:
            is_start = word == "start" and found[-1:] == [RECORD.option]
            name = next(left, "") if is_start or word == f"{RECORD.option}=start" else ""
            found.append(f"{word} {name}" if name else word)
        return found


command = AdminCommand(
    "admin",
    params=[
        *address_options(),
        *map(option_of, OPERATIONS),
        click.Option(["--json"], is_flag=True, help="Print one JSON object, with a key for each operation."),
        click.Option(
            ["--watch", "watch_seconds"],
            type=Seconds(0.1),
            is_flag=False,
            flag_value=WATCH_SECONDS,
            metavar="[SECONDS]",
            help=f"Ask again and again, on a terminal drawn in place.  [default: {WATCH_SECONDS:g}]",
        ),
        timeout_option(TIMEOUT_SECONDS),
        version_option(),
    ],
    callback=run,
    context_settings={"max_content_width": 110, "help_option_names": ["--help"]},
    help="""Ask a Gearman server, or tell it something. Options and output are those of gearadmin.

    Several operations share a connection, and are carried out in the order of this list.
    """,
    epilog="""\b
Examples:
  gearfast admin --status
  gearfast admin -h jobs.example.com --workers --json
  gearfast admin --priority-status --watch 1
  gearfast admin --cancel-job H:host:17
""",
)
