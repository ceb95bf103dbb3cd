"""The words and numbers that the tools have in common."""

from __future__ import annotations

from pathlib import Path

import pytest

from gearfast.cli.client import command
from gearfast.cli.main import main
from gearfast.server.errors import ExitCode


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


@pytest.mark.parametrize("times", ["nan", "inf", "0", "1e300", "twice"])
@pytest.mark.parametrize("words", ["mix work mix.json --scale", "replay jobs --speed"])
def test_so_many_times_that_makes_no_sense_is_refused(
    words: str, times: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words.split(" "), times]) == ExitCode.USAGE
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("gearfast: Invalid value")


@pytest.mark.parametrize("words", ["mix work mix.json --report", "replay jobs --run-report"])
def test_a_report_that_cannot_be_written_is_told_before_the_work(
    words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path, reason in ((tmp_path, "Is a directory"), (tmp_path / "no" / "file", "No such file")):
        assert main([*words.split(" "), str(path)]) == ExitCode.USAGE
        (line,) = capsys.readouterr().err.splitlines()
        assert f"{path}: {reason}" in line
