"""The file that tells our process id."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gearfast.server.errors import ExitCode, ServerError


@contextmanager
def pid_file(name: str) -> Iterator[None]:
    """Write our process id to the file while the block runs; no name, no file.

    An existing file is replaced. At the end the file goes, unless another server has replaced it by then.
    """
    if not name:
        yield
        return
    path = Path(name)
    text = f"{os.getpid()}\n"
    try:
        _create(path, text)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ServerError(ExitCode.CANNOT_CREATE, f"Cannot write --pid-file {name}: {reason}.") from None
    try:
        yield
    finally:
        with suppress(OSError):
            if path.read_text() == text:
                path.unlink()


def _create(path: Path, text: str) -> None:
    with suppress(FileNotFoundError):
        mode = path.lstat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
            raise OSError("it is not a regular file")
        path.unlink()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
