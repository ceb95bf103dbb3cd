"""Noticing that Python code was changed, by looking at the times of its files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages"})

Stamp = tuple[int, int]


class CodeWatch:
    """The `.py` files below a folder, but for hidden folders and installed packages."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen = self._look()
        self._changing = False

    def changed(self) -> bool:
        """Whether there were changes, and none since the last call: many files may change at a time."""
        now = self._look()
        was_changing, self._changing = self._changing, now != self._seen
        self._seen = now
        return was_changing and not self._changing

    def _look(self) -> dict[str, Stamp]:
        return dict(_stamps(self._folder))


def _stamps(folder: Path) -> Iterator[tuple[str, Stamp]]:
    """Path, and time and size, of each file. What vanishes meanwhile is left out."""
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in _SKIPPED]
        for name in files:
            if name.endswith(".py"):
                path = os.path.join(parent, name)  # noqa: PTH118 - thousands of them, twice a second
                try:
                    stat = os.stat(path)  # noqa: PTH116
                except OSError:
                    continue
                yield path, (stat.st_mtime_ns, stat.st_size)
