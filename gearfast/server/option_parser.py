"""How options are read: each at most once, from the command line, else the environment, else the file.

click does most of it; here is what gearmand's users expect beyond that, and errors that name the source.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource
from click.shell_completion import CompletionItem

from gearfast.server import config_file
from gearfast.server.errors import ExitCode

ENVIRONMENT_PREFIX = "GEARFAST"
COMMAND_LINE_ONLY = frozenset({"check_args", "config_file", "help", "version"})

_FILE_KEY = "gearfast.config_file"


class ConfigFileError(click.ClickException):
    """A configuration file that cannot be read, or words in it that are no options."""


class ServerOption(click.Option):
    """An option whose errors say where the wrong value came from.

    `default_envvar` names another program's variable that stands in for the default.
    """

    def __init__(self, *names: str, default_envvar: str | None = None, **settings: Any) -> None:
        default = settings.get("default")
        if default_envvar is not None:
            settings["default"] = lambda: os.environ.get(default_envvar) or default
            settings["show_default"] = str(default)
        super().__init__(list(names), **settings)
        self._default_envvar = default_envvar

    @property
    def long_name(self) -> str:
        """The name with two dashes."""
        return next(name for name in self.opts if name.startswith("--"))

    def get_error_hint(self, ctx: click.Context | None) -> str:
        source = None if ctx is None else ctx.get_parameter_source(self.key)
        if source is ParameterSource.ENVIRONMENT:
            return f"{ENVIRONMENT_PREFIX}_{self.key.upper()} in the environment"
        if source is ParameterSource.DEFAULT and self._default_envvar is not None:
            return f"{self._default_envvar} in the environment"
        if ctx is not None and source is ParameterSource.DEFAULT_MAP:
            return f"'{self.long_name}' in {ctx.meta[_FILE_KEY]}"
        return f"'{self.long_name}'"

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        if self.metavar == "FILE":
            return [CompletionItem(incomplete, type="file")]
        return super().shell_complete(ctx, incomplete)

    @property
    def key(self) -> str:
        """The name of the value, such as max_packet."""
        assert self.name is not None
        return self.name


class ServerCommand(click.Command):
    """A command none of whose options may be given twice, unless made for several values."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        self.read_words(ctx, args)
        return super().parse_args(ctx, args)

    def read_words(self, ctx: click.Context, words: Sequence[str]) -> dict[str, Any]:
        """The raw values of the options among `words`, by name; words of no option are ignored."""
        values, _, order = self.make_parser(ctx).parse_args(list(words))
        seen: set[str] = set()
        for option in order:
            if isinstance(option, ServerOption) and not option.multiple:
                if option.key in seen:
                    raise click.UsageError(f"Option '{option.long_name}' is given twice.", ctx)
                seen.add(option.key)
        return values


def load_config_file(ctx: click.Context, _option: click.Parameter, named: Path | None) -> None:
    """Callback of --config-file: what the file says becomes click's defaults."""
    path = named or config_file.default_path()
    if path is None:
        return
    ctx.meta[_FILE_KEY] = path
    try:
        ctx.default_map = _read_file(ctx, path)
    except OSError as error:
        raise ConfigFileError(f"Cannot read the configuration file {path}: {error.strerror}.") from error
    except click.UsageError as error:
        raise ConfigFileError(f"In {path}: {error.format_message()}") from error


def _read_file(ctx: click.Context, path: Path) -> dict[str, Any]:
    assert isinstance(ctx.command, ServerCommand)
    names = [name for option in ctx.command.params for name in (*option.opts, *option.secondary_opts)]
    words = config_file.complete_long_names(config_file.read_words(path), names)
    values = ctx.command.read_words(ctx, words)
    for name in sorted(COMMAND_LINE_ONLY & values.keys()):
        raise click.UsageError(f"--{name.replace('_', '-')} is for the command line only.", ctx)
    return values


def exit_code(error: click.ClickException) -> ExitCode:
    """CONFIG when the mistake is in the file, else USAGE."""
    option, ctx = getattr(error, "param", None), getattr(error, "ctx", None)
    if isinstance(error, ConfigFileError):
        return ExitCode.CONFIG
    if isinstance(option, ServerOption) and ctx is not None:
        source = ctx.get_parameter_source(option.key)
        return ExitCode.CONFIG if source is ParameterSource.DEFAULT_MAP else ExitCode.USAGE
    return ExitCode.USAGE
