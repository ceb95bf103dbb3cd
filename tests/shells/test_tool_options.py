"""The words and numbers that the tools have in common."""

from __future__ import annotations

import pytest

from gearfast.cli.client import command
from gearfast.cli.main import main


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


@pytest.mark.parametrize("time", ["nan", "inf", "1e12", "soon"])
@pytest.mark.parametrize(
    "words",
    [
        *["admin --status --timeout", "admin --status --watch"],
        *[
            "top --once --seconds",
            "top --once --timeout",
            "client -f f -s -t",
            "crashtest --rounds 1 --seconds",
        ],
    ],
)
def test_a_time_that_nobody_can_wait_for_is_refused(
    words: str, time: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words.split(" "), time]) != 0
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("gearfast: Invalid value")
