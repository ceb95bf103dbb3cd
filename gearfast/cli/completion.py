"""Completion in the shell: the script for it, and the answers that the script asks for.

click does both. What it can't know is that a first word may name a subcommand and that without one the
options are those of the server.
"""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem, ShellComplete, get_completion_class

from gearfast.cli.main import COMPLETION_VARIABLE, SUBCOMMANDS, command_named
from gearfast.server.errors import ExitCode

SHELLS = ("bash", "fish", "zsh")


def answer(instruction: str) -> ExitCode:
    """Print what may stand at the cursor; the shell's script has put the line into the environment."""
    completer = completer_of(instruction.removesuffix("_complete"))
    words, begun = completer.get_completion_args()
    for item in candidates(words, begun):
        click.echo(completer.format_completion(item))
    return ExitCode.OK


def candidates(words: list[str], begun: str) -> list[CompletionItem]:
    """What may follow the words that stand behind `gearfast`, beginning with `begun`."""
    name = words[0] if words and words[0] in SUBCOMMANDS else None
    command = command_named(name)
    completer = ShellComplete(command, {}, "gearfast", COMPLETION_VARIABLE)
    try:
        found = completer.get_completions(words[1:] if name else words, begun)
    except click.ClickException:  # words that no command takes
        return []
    return found if words else [*subcommands(begun), *found]


def subcommands(begun: str) -> list[CompletionItem]:
    """Those that begin so, with the first sentence of their help."""
    names = [name for name in SUBCOMMANDS if name.startswith(begun)]
    return [CompletionItem(name, help=command_named(name).get_short_help_str(70)) for name in names]


def completer_of(shell: str) -> ShellComplete:
    """Raises click.UsageError for a shell that is not known."""
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"{shell!r} is none of {', '.join(SHELLS)}.")
    return kind(command_named(None), {}, "gearfast", COMPLETION_VARIABLE)


@click.command(
    context_settings={"max_content_width": 110},
    epilog="""\b
Examples:
  eval "$(gearfast completion bash)"    # this shell only; for all of them, in ~/.bashrc
  gearfast completion zsh > ~/.zfunc/_gearfast
  gearfast completion fish > ~/.config/fish/completions/gearfast.fish
""",
)
@click.argument("shell", type=click.Choice(SHELLS))
def command(shell: str) -> ExitCode:
    """Print the script that completes commands, options and values of gearfast in a shell."""
    click.echo(completer_of(shell).source())
    return ExitCode.OK
