"""The words and numbers that the tools have in common."""

from __future__ import annotations

import pytest

from gearfast.cli.client import command


@pytest.mark.parametrize(
    ("words", "operands"),
    [
        (["--no-in", "--", "--verb", "--no-in"], ("--verb", "--no-in")),
        (["--work", "--", "tar", "--verb", "--", "--str"], ("tar", "--verb", "--", "--str")),
        (["--verb", "text"], ("text",)),
    ],
)
def test_only_options_may_be_abbreviated(words: list[str], operands: tuple[str, ...]) -> None:
    assert command.make_context("client", ["-f", "f", *words]).params["operands"] == operands
