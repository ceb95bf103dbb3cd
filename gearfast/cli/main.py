"""Entry point of `gearfast`: the first word may name a subcommand, else it is the server."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

import click

from gearfast.server.errors import ExitCode, ServerError, complain
from gearfast.server.option_parser import ENVIRONMENT_PREFIX, exit_code

SERVER = "gearfast.cli.server"
SUBCOMMANDS: dict[str, str] = {
    "admin": "gearfast.cli.admin",
    "crashtest": "gearfast.cli.crashtest",
    "mix": "gearfast.cli.mix",
    "replay": "gearfast.cli.replay",
}
"""Modules by the subcommand's name, imported when it is called; each has a click command named `command`."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the words ask for, without the program's own name; returns the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _dispatch(words)
    except click.ClickException as error:
        complain(f"{error.format_message()} (See 'gearfast --help'.)")
        return exit_code(error)
    except ServerError as error:
        complain(str(error))
        return error.code
    except (click.Abort, KeyboardInterrupt):
        return ExitCode.INTERRUPTED


def _dispatch(words: list[str]) -> int:
    module, prefix = SERVER, ENVIRONMENT_PREFIX
    name = "gearfast"
    if words and words[0] in SUBCOMMANDS:
        word = words.pop(0)
        module, name, prefix = SUBCOMMANDS[word], f"gearfast {word}", f"{prefix}_{word.upper()}"
    command: click.Command = importlib.import_module(module).command
    code = command.main(words, prog_name=name, standalone_mode=False, auto_envvar_prefix=prefix)
    return int(code or ExitCode.OK)


if __name__ == "__main__":
    raise SystemExit(main())
