"""Entry point of `gearfast`: the first word may name a subcommand, else it is the server."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

import click

from gearfast.complaint import complain
from gearfast.server.errors import ExitCode, ServerError
from gearfast.server.option_parser import ENVIRONMENT_PREFIX, exit_code

SERVER = "gearfast.cli.server"
SUBCOMMANDS: dict[str, str] = {
    "admin": "gearfast.cli.admin",
    "client": "gearfast.cli.client",
    "completion": "gearfast.cli.completion",
    "crashtest": "gearfast.cli.crashtest",
    "mix": "gearfast.cli.mix",
    "queue": "gearfast.cli.queue",
    "replay": "gearfast.cli.replay",
    "top": "gearfast.cli.top",
    "worker": "gearfast.cli.worker",
}
"""Modules by the subcommand's name, imported when it is called; each has a click command named `command`."""

COMPLETION_VARIABLE = "_GEARFAST_COMPLETE"
"""Set in the environment by the shell's completion; see gearfast/cli/completion.py."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the words ask for, without the program's own name; returns the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _dispatch(words)
    except click.ClickException as error:
        complain(f"{error.format_message()} (See '{_named_in(error)} --help'.)")
        return exit_code(error)
    except ServerError as error:
        complain(str(error))
        return error.code
    except (click.Abort, KeyboardInterrupt):
        return ExitCode.INTERRUPTED


def _dispatch(words: list[str]) -> int:
    if instruction := os.environ.get(COMPLETION_VARIABLE):
        return int(importlib.import_module("gearfast.cli.completion").answer(instruction))
    word, name, prefix = None, "gearfast", ENVIRONMENT_PREFIX
    if words and words[0] in SUBCOMMANDS:
        word = words.pop(0)
        name, prefix = f"gearfast {word}", f"{prefix}_{word.upper()}"
    command = command_named(word)
    code = command.main(words, prog_name=name, standalone_mode=False, auto_envvar_prefix=prefix)
    return int(code or ExitCode.OK)


def _named_in(error: click.ClickException) -> str:
    """The command that was used wrongly, as it was typed."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    return "gearfast" if context is None else context.command_path


def command_named(word: str | None) -> click.Command:
    """A subcommand, or the server; its module is imported now."""
    command: click.Command = importlib.import_module(SERVER if word is None else SUBCOMMANDS[word]).command
    return command


if __name__ == "__main__":
    raise SystemExit(main())
