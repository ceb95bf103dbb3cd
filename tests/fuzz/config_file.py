"""A configuration file of any bytes: it is understood, or refused in one line that says where."""

from __future__ import annotations

import tempfile
from pathlib import Path

from gearfast.server.errors import ExitCode
from tests.fuzz.spoken import spoken


def play(data: bytes) -> None:
    """Raises AssertionError, or whatever escapes, where the file is dealt with badly."""
    with tempfile.NamedTemporaryFile(prefix="gearfast-", suffix=".conf") as file:
        Path(file.name).write_bytes(data)
        said = spoken(["--check-args", "--config-file", file.name], file.name, ExitCode.CONFIG)
    assert said.code != ExitCode.OK or said.complaints == "", said
