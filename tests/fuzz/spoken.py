"""A command of gearfast, in this process: what it says, and that what it refuses is refused in one line."""

from __future__ import annotations

import contextlib
import io
from typing import NamedTuple

from gearfast.cli.main import main
from gearfast.server.errors import ExitCode


class Spoken(NamedTuple):
    code: int
    output: str
    complaints: str


def spoken(words: list[str], path: str, refusal: ExitCode) -> Spoken:
    """Raises AssertionError if it is neither done nor refused in a line that names the file."""
    output = io.TextIOWrapper(io.BytesIO(), "utf-8")
    complaints = io.TextIOWrapper(io.BytesIO(), "utf-8", "backslashreplace")
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(complaints):
        code = main(words)
    said = Spoken(code, written(output), written(complaints))
    assert code in (ExitCode.OK, refusal), said
    if code != ExitCode.OK:
        check_refusal(said.complaints, path)
    return said


def written(stream: io.TextIOWrapper) -> str:
    """As a terminal would have it: an encoding may refuse what a StringIO does not."""
    stream.flush()
    raw = stream.buffer
    assert isinstance(raw, io.BytesIO)
    return raw.getvalue().decode()


def check_refusal(said: str, path: str) -> None:
    assert said.endswith("\n"), said
    assert said.count("\n") == 1, said
    assert path in said, said
