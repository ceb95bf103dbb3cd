"""The man pages: one for each command, complete, and formatted without a warning."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest

from gearfast.cli.main import SUBCOMMANDS, command_named
from tests.support.child import ROOT, environment
from tools.dev.man_pages import pages

FOLDER = ROOT / "docs" / "man"
PAGES = {"gearfast": None} | {f"gearfast-{name}": name for name in SUBCOMMANDS}
OTHERS = environment(has_native_code=False)
STALE = "docs/man is not what the commands' help says: run make man"


def formatted(page: Path) -> str:
    """As plain text. Fails when groff has something to say."""
    words = ["groff", "-ww", "-man", "-Tascii", "-P-cbou", "-rLL=10000n", str(page)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=OTHERS)
    assert done.stderr == ""
    return done.stdout


def options(command: click.Command) -> list[str]:
    context = click.Context(command, **command.context_settings)
    found = [param for param in command.get_params(context) if isinstance(param, click.Option)]
    return [name for param in found if not param.hidden for name in (*param.opts, *param.secondary_opts)]


def test_the_pages_are_those_of_the_help() -> None:
    """Each command has one, and there is no other."""
    assert {path.stem: path.read_text() for path in FOLDER.iterdir()} == pages(), STALE


@pytest.mark.parametrize("name", PAGES)
def test_help_has_examples(name: str) -> None:
    text = command_named(PAGES[name]).get_help(click.Context(command_named(PAGES[name])))
    assert re.search(r"\n  Examples:\n    gearfast|\n  Examples:\n    eval", text)


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_every_option_and_examples(name: str) -> None:
    text = formatted(FOLDER / f"{name}.1")
    told = set(re.findall(r"(?<![\w-])--?[A-Za-z][\w-]*", text.partition("\nOPTIONS")[2]))
    assert set(options(command_named(PAGES[name]))) <= told
    assert "\nEXAMPLES\n" in text
    assert re.search(r"\nNAME\n +" + name + r" - \w", text)


@pytest.mark.skipif(shutil.which("mandoc") is None, reason="mandoc is not installed")
@pytest.mark.parametrize("name", PAGES)
def test_mandoc_finds_no_fault(name: str) -> None:
    """A page has no date: it is of the version that it names."""
    words = ["mandoc", "-T", "lint", "-W", "warning", str(FOLDER / f"{name}.1")]
    done = subprocess.run(words, capture_output=True, text=True, env=OTHERS)
    assert [line for line in done.stdout.splitlines() if "missing date" not in line] == []
