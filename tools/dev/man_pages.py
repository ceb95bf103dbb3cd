"""Write a man page for each command of gearfast, from what its --help says.

python tools/dev/man_pages.py FOLDER
"""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import click

from gearfast import __version__
from gearfast.cli.main import SUBCOMMANDS, command_named

OPTION = re.compile(r"(?<![\w-])--?[A-Za-z][\w-]*")
AS_IT_IS = "\b"  # click's mark on paragraphs that are not filled
EXAMPLES = "Examples:\n"
WIDTH = 70


def page(name: str, command: click.Command, others: list[str]) -> str:
    """A page in the man macros."""
    ctx = click.Context(command, info_name=name.replace("-", " ", 1), **command.context_settings)
    usage = " ".join(command.collect_usage_pieces(ctx))
    lines = [
        f'.TH {escaped(name.upper())} 1 "" "gearfast {__version__}" "gearfast"',
        ".SH NAME",
        rf"{escaped(name)} \- {escaped(summary(command))}",
        ".SH SYNOPSIS",
        rf"\fB{escaped(ctx.info_name or name)}\fR {escaped(usage)}",
        ".SH DESCRIPTION",
        *paragraphs(command.help or ""),
        ".SH OPTIONS",
        *options(command, ctx),
        *epilog(command.epilog or ""),
        ".SH SEE ALSO",
        ",\n".join(rf"\%\fB{escaped(other)}\fR(1)" for other in others if other != name),
    ]
    return "\n".join(lines) + "\n"


def summary(command: click.Command) -> str:
    """Its short help, or the first sentence of its help, as it stands in a list of pages."""
    text = command.short_help or " ".join(inspect.cleandoc(command.help or "").split())
    first = re.split(r"(?<=[.:])\s", text)[0].rstrip(".:")
    return first[:1].lower() + first[1:]


def options(command: click.Command, ctx: click.Context) -> Iterator[str]:
    """Each option with its help; hidden ones have none."""
    for param in command.get_params(ctx):
        record = param.get_help_record(ctx)
        if isinstance(param, click.Option) and record is not None:
            names, text = record
            yield ".TP"
            yield OPTION.sub(lambda found: rf"\fB{found[0]}\fR", names).replace("-", r"\-")
            yield from filled(text)


def epilog(text: str) -> Iterator[str]:
    """What --help ends with; examples have a section of their own."""
    before, _, examples = inspect.cleandoc(text).partition(EXAMPLES)
    if notes := before.replace(AS_IT_IS, "").strip():
        yield from (".SH NOTES", *paragraphs(notes))
    if examples:
        yield from (".SH EXAMPLES", *as_it_is(inspect.cleandoc(examples)))


def paragraphs(text: str) -> Iterator[str]:
    """Filled, but for those that are marked."""
    for number, part in enumerate(inspect.cleandoc(text).split("\n\n")):
        if number:
            yield ".PP"
        if part.startswith(AS_IT_IS):
            yield from as_it_is(part.removeprefix(AS_IT_IS).lstrip("\n"))
        else:
            yield from filled(part)


def as_it_is(text: str) -> Iterator[str]:
    yield from (".nf", *(escaped(each) for each in text.splitlines()), ".fi")


def filled(text: str) -> list[str]:
    """Lines that the formatter fills anew."""
    return [escaped(each) for each in textwrap.wrap(text, WIDTH, break_on_hyphens=False)]


def escaped(text: str) -> str:
    """A line that is no request and has no escape in it; its hyphens can be copied as minus signs."""
    text = text.replace("\\", r"\e").replace("-", r"\-")
    text = text.replace("'", r"\(aq").replace("`", r"\(ga").replace("^", r"\(ha").replace("~", r"\(ti")
    return r"\&" + text if text.startswith(".") else text


def pages() -> dict[str, str]:
    """All pages by name."""
    commands = {"gearfast": command_named(None)}
    commands |= {f"gearfast-{name}": command_named(name) for name in sorted(SUBCOMMANDS)}
    return {name: page(name, command, list(commands)) for name, command in commands.items()}


def write(folder: Path) -> None:
    """Pages of commands that are gone are removed."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("gearfast*.1"):
        old.unlink()
    for name, text in pages().items():
        (folder / f"{name}.1").write_text(text)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
