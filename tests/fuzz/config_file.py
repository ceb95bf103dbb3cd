"""A configuration file of any bytes: it is understood, or refused in one line that says where."""

from __future__ import annotations

import contextlib
import io
import tempfile
from pathlib import Path

from gearfast.cli.main import main
from gearfast.server.errors import ExitCode


def play(data: bytes) -> None:
    """Raises AssertionError, or whatever escapes, where the file is dealt with badly."""
    with tempfile.NamedTemporaryFile(prefix="gearfast-", suffix=".conf") as file:
        Path(file.name).write_bytes(data)
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            code = main(["--check-args", "--config-file", file.name])
    check(code, said.getvalue(), file.name)


def check(code: int, said: str, path: str) -> None:
    if code == ExitCode.OK:
        assert said == ""
        return
    assert code == ExitCode.CONFIG, (code, said)
    assert said.endswith("\n"), said
    assert said.count("\n") == 1, said
    assert path in said, said
