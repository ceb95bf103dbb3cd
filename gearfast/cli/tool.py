"""What the tools have in common: abbreviated options, addresses, times, errors."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from gearfast.links.addresses import Address, addresses_of, parse_address
from gearfast.server.config_file import complete_long_names
from gearfast.server.errors import ExitCode, ServerError
from gearfast.server.option_types import port
from gearfast.server.options import print_version

_MOST_SECONDS = 1_000_000  # poll(2) counts milliseconds in 31 bits
_MOST_TIMES = 10_000


class _Number(click.FloatRange):
    """Within its bounds; nan is not."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number: float = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail("It is not a number.", param, ctx)
        return number


class Seconds(_Number):
    """A time that can be waited for."""

    def __init__(self, least: float) -> None:
        super().__init__(least, _MOST_SECONDS)


class Factor(_Number):
    """How many times as many, or as fast."""

    def __init__(self) -> None:
        super().__init__(1 / _MOST_TIMES, _MOST_TIMES)


class Output(click.Path):
    """A file that can be written; it is made if there is none. Tried before the work, not after it."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        if ctx is None or not ctx.resilient_parsing:
            try:
                path.open("a").close()
            except OSError as error:
                self.fail(f"{path}: {error.strerror}.", param, ctx)
        return path


@contextmanager
def reading(path: Path, *wrong: type[Exception]) -> Iterator[None]:
    """While a file is read: `wrong` says what may be wrong in it. Raises ServerError with what it was."""
    try:
        yield
    except wrong as error:
        raise ServerError(ExitCode.DATA, f"{error}.") from error
    except OSError as error:
        raise ServerError(ExitCode.NO_INPUT, f"{error.filename or path}: {error.strerror}.") from error


def write_text(path: Path, text: str) -> None:
    """Raises ServerError with what the system says."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ServerError(ExitCode.CANNOT_CREATE, f"{path}: {error.strerror}.") from error


class ToolCommand(click.Command):
    """A command whose long options may be abbreviated, and that ends with 1 after a wrong one."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        names = [name for option in self.params for name in option.opts]
        try:
            return super().parse_args(ctx, self.joined(complete_long_names(args, names)))
        except click.UsageError as error:
            raise usage_error(ctx, error.format_message()) from error

    def joined(self, words: list[str]) -> list[str]:
        """For a command with values of several words: what is one value, in one word."""
        return words


def usage_error(ctx: click.Context, text: str) -> ServerError:
    """A mistake on the command line, with where to look."""
    return ServerError(ExitCode.FAILURE, f"{text} (See '{ctx.command_path} --help'.)")


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


def refuse_tls(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
    """Callback of --ssl. Speaking plainly instead would not be what was asked for."""
    if wanted and not ctx.resilient_parsing:
        raise usage_error(ctx, "TLS (-S) is not available in this version; leave the option out.")


def address_options(several: bool = False) -> list[click.Option]:
    """--host, --port and --ssl; `several` hosts may be given."""
    return [
        click.Option(
            ["-h", "--host"],
            multiple=several,
            metavar="HOST",
            help="Server: a name or address, also HOST:PORT, [IPv6]:PORT or unix:/path"
            f"{'; may be repeated' if several else ''}.  "
            "[default: GEARMAN_SERVERS or GEARMAN_SERVER, else localhost]",
        ),
        click.Option(
            ["-p", "--port"],
            metavar="PORT",
            callback=convert_port,
            help="Port number or service.  [default: 4730]",
        ),
        click.Option(
            ["-S", "--ssl"],
            is_flag=True,
            expose_value=False,
            callback=refuse_tls,
            help="Use TLS. Not available in this version.",
        ),
    ]


def timeout_option(default: float) -> click.Option:
    """--timeout."""
    return click.Option(
        ["--timeout"],
        type=Seconds(0.001),
        default=default,
        show_default=True,
        metavar="SECONDS",
        help="Give up when the server says nothing for so long.",
    )


def addresses(ctx: click.Context, host: str | None, number: int | None) -> list[Address]:
    """Where --host and --port point to; what is not given comes from the environment."""
    if number is not None and not 0 < number < 65536:
        raise usage_error(ctx, f"There is no port {number}.")
    try:
        found = addresses_of(None) if host is None else [parse_address(host)]
    except ValueError as error:
        raise usage_error(ctx, sentence(error)) from error
    if number is None:
        return found
    return [each if each.path else each._replace(port=number) for each in found]


def sentence(error: Exception) -> str:
    """What it says, as a sentence."""
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."
