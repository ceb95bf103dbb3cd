"""Jobs for the eye: a line for each, or how many there are of each function."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from gearfast.queue.lines import PRIORITIES
from gearfast.stores.base import Add

HEADINGS = ("function", "key", "priority", "bytes", "when")
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\\]")


def shown(name: bytes) -> str:
    r"""On one line: what is no text, and a backslash, is written as \x5c."""
    text = name.decode("utf-8", "surrogateescape")
    text = _UNFIT.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def listed(jobs: Iterable[Add]) -> Iterator[str]:
    """A line for each, with tabs as in HEADINGS; `when` is in seconds since the epoch, 0: at once."""
    for key, function, priority, data, when, _ in jobs:
        yield f"{shown(function)}\t{shown(key)}\t{PRIORITIES[priority]}\t{len(data)}\t{when}"


@dataclass
class Count:
    """Numbers of jobs by priority, and the bytes of their data."""

    jobs: list[int] = field(default_factory=lambda: [0] * len(PRIORITIES))
    bytes: int = 0


class Counts:
    """By function."""

    def __init__(self) -> None:
        self._of: dict[bytes, Count] = {}

    def add(self, jobs: Iterable[Add]) -> None:
        for _, function, priority, data, _, _ in jobs:
            count = self._of.setdefault(function, Count())
            count.jobs[priority] += 1
            count.bytes += len(data)

    def lines(self) -> Iterator[str]:
        """One for each function, with tabs, and one for all."""
        yield "\t".join(("function", *PRIORITIES, "bytes"))
        for function, count in sorted(self._of.items()):
            yield "\t".join((shown(function), *map(str, count.jobs), str(count.bytes)))
        jobs = sum(sum(count.jobs) for count in self._of.values())
        yield f"{jobs} jobs of {len(self._of)} functions, {sum(c.bytes for c in self._of.values())} bytes"
