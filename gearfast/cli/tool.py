"""What the tools `client` and `admin` have in common: abbreviated options, addresses, errors."""

from __future__ import annotations

from typing import Any

import click

from gearfast import __version__
from gearfast.links.addresses import Address, addresses_of, parse_address
from gearfast.server.config_file import complete_long_names
from gearfast.server.errors import ExitCode, ServerError
from gearfast.server.option_types import port


class ToolCommand(click.Command):
    """A command whose long options may be abbreviated, and that ends with 1 after a wrong one."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        names = [name for option in self.params for name in option.opts]
        try:
            return super().parse_args(ctx, complete_long_names(args, names))
        except click.UsageError as error:
            raise usage_error(ctx, error.format_message()) from error


def usage_error(ctx: click.Context, text: str) -> ServerError:
    """A mistake on the command line, with where to look."""
    return ServerError(ExitCode.FAILURE, f"{text} (See '{ctx.command_path} --help'.)")


def print_version(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
    """Callback of --version."""
    if wanted:
        click.echo(f"gearfast {__version__}")
        ctx.exit()


def version_option() -> click.Option:
    """--version."""
    return click.Option(
        ["--version"],
        is_flag=True,
        expose_value=False,
        is_eager=True,
        callback=print_version,
        help="Print the version and exit.",
    )


def convert_port(_ctx: click.Context, _option: click.Parameter, value: Any) -> int | None:
    """Callback of --port: a number or the name of a service."""
    return None if value is None else port(value)


def addresses(ctx: click.Context, host: str | None, number: int | None) -> list[Address]:
    """Where --host and --port point to; what is not given comes from the environment."""
    try:
        found = addresses_of(None) if host is None else [parse_address(host)]
        if number is None:
            return found
        return [each if each.path else parse_address((each.host, number)) for each in found]
    except ValueError as error:
        raise usage_error(ctx, str(error)) from error
