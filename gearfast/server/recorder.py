"""Where the server records: directories are opened at the start, as the user it then is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from gearfast._native.engine import Recording
from gearfast.server.config import Config
from gearfast.server.errors import ExitCode, ServerError

NOWHERE = -1


@contextmanager
def opened_recording(config: Config) -> Iterator[Recording | None]:
    """What the options allow to be recorded, None for nothing. The directories stay open in the block.

    Raises ServerError for a directory that cannot be opened.
    """
    if config.record is None and config.record_dir is None:
        yield None
        return
    with ExitStack() as stack:
        at_once, directory = None, NOWHERE
        if config.record is not None:
            path = Path(config.record)
            at_once = _open(stack, path.parent), os.fsencode(path.name)
        if config.record_dir is not None:
            directory = _open(stack, Path(config.record_dir))
        yield Recording(at_once, directory, config.record_size, config.record_files, config.record_payloads)


def _open(stack: ExitStack, path: Path) -> int:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise ServerError(ExitCode.OS_ERROR, f"Cannot record in {path}: {error.strerror}.") from error
    stack.callback(os.close, descriptor)
    return descriptor
