"""A disk that is really full: a small file system in memory."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.clients.requirements import require, succeeds

CHUNK = 4096


class SmallDisk:
    """Mounted at `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self, leave: int) -> None:
        """But for so many bytes."""
        with self._ballast.open("ab", buffering=0) as file:
            with suppress(OSError):
                while file.write(bytes(CHUNK)) > 0:
                    pass
            file.truncate(file.tell() - leave)

    def free(self) -> None:
        """As it was before."""
        self._ballast.unlink()


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[SmallDisk]:
    """Mounted while the block runs; skips the test where nobody may mount."""
    folder.mkdir()
    options = ("-t", "tmpfs", "-o", f"size={size},mode=777", "gearfast-tests", str(folder))
    may_mount = os.geteuid() == 0 and succeeds("mount", *options)
    require(may_mount, "only root may mount a file system, and not in every container")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
