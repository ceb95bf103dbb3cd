"""What came of a replay, second by second."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gearfast.mix.times import Times

VERSION = 1
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Run:
    """`began` in seconds since 1970. `seconds` has, by the second since then, the times of jobs that ended in
    it, by request type; `server` (time, CPU seconds so far, bytes of memory); `accepted` the background jobs
    that were acknowledged, as gearfast.mix.stamps names them. What workers know is added later: `waits`, and
    how many jobs were `lost`."""

    began: float
    title: str = ""
    seconds: dict[int, dict[str, Times]] = field(default_factory=dict)
    functions: Counter[str] = field(default_factory=Counter)
    failures: Counter[int] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    server: list[tuple[float, float, int]] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    waits: Times = field(default_factory=Times)
    lost: int = 0

    def job(self, now: float, kind: str, function: str, seconds: float) -> None:
        """One ended well; `kind` as Locust has it, "foreground" or "background"."""
        self.functions[function] += 1
        self._times(int(now - self.began), kind).add(seconds)

    def error(self, now: float, text: str) -> None:
        """One did not."""
        self.failures[int(now - self.began)] += 1
        self.errors[text] += 1

    def jobs(self) -> int:
        """All that ended well."""
        return self.functions.total()

    def times(self, kind: str) -> Times:
        """Of the whole run."""
        total = Times()
        for kinds in self.seconds.values():
            if kind in kinds:
                total.buckets.update(kinds[kind].buckets)
        return total

    def length(self) -> int:
        """In seconds."""
        return max([0, *self.seconds, *self.failures]) + 1

    def add(self, other: Run) -> None:
        """What another process saw in the same run."""
        for second, kinds in other.seconds.items():
            for kind, times in kinds.items():
                self._times(second, kind).buckets.update(times.buckets)
        self.functions.update(other.functions)
        self.failures.update(other.failures)
        self.errors.update(other.errors)
        self.accepted += other.accepted

    def as_json(self) -> dict[str, Any]:
        """Keys are text, as in any JSON."""
        return {
            "gearfast_run": VERSION,
            "began": self.began,
            "title": self.title,
            "seconds": {
                str(second): {kind: _as_json(times.buckets) for kind, times in kinds.items()}
                for second, kinds in self.seconds.items()
            },
            "functions": dict(self.functions),
            "failures": _as_json(self.failures),
            "errors": dict(self.errors),
            "server": self.server,
            "accepted": self.accepted,
            "waits": _as_json(self.waits.buckets),
            "lost": self.lost,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Run:
        """Raises KeyError, TypeError or ValueError for what is no run."""
        if data["gearfast_run"] != VERSION:
            raise ValueError(f"version {data['gearfast_run']} is not known; {VERSION} is")
        return cls(
            began=float(data["began"]),
            title=str(data["title"]),
            seconds={
                int(second): {kind: Times(_counts(buckets)) for kind, buckets in kinds.items()}
                for second, kinds in data["seconds"].items()
            },
            functions=Counter(data["functions"]),
            failures=Counter(_counts(data["failures"])),
            errors=Counter(data["errors"]),
            server=[(float(at), float(cpu), int(memory)) for at, cpu, memory in data["server"]],
            accepted=[str(name) for name in data["accepted"]],
            waits=Times(_counts(data["waits"])),
            lost=int(data["lost"]),
        )

    def _times(self, second: int, kind: str) -> Times:
        return self.seconds.setdefault(second, {}).setdefault(kind, Times())


def process_usage(pid: int) -> tuple[float, int] | None:
    """CPU seconds so far and bytes in memory; None when the process has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    except (OSError, IndexError):
        return None
    return (int(fields[11]) + int(fields[12])) / _TICKS, int(pages) * _PAGE


def _as_json(counts: Counter[int]) -> dict[str, int]:
    return {str(key): count for key, count in counts.items()}


def _counts(data: dict[str, int]) -> dict[int, int]:
    return {int(key): int(count) for key, count in data.items()}
