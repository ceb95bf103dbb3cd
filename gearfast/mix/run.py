"""What came of a replay, second by second."""

from __future__ import annotations

import math
import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gearfast.mix.times import Times

VERSION = 1
_MOST_SECONDS, _MOST_BUCKETS, _MOST = 10**9, 10_000, 2**48
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
            began=_finite(data["began"]),
            title=_text(data["title"]),
            seconds={
                _whole(second, _MOST_SECONDS): {
                    _text(kind): Times(_counts(buckets, _MOST_BUCKETS)) for kind, buckets in kinds.items()
                }
                for second, kinds in data["seconds"].items()
            },
            functions=Counter(_named(data["functions"])),
            failures=Counter(_counts(data["failures"], _MOST_SECONDS)),
            errors=Counter(_named(data["errors"])),
            server=[(_finite(at), _finite(cpu), _whole(memory)) for at, cpu, memory in data["server"]],
            accepted=[_text(name) for name in data["accepted"]],
            waits=Times(_counts(data["waits"], _MOST_BUCKETS)),
            lost=_whole(data["lost"]),
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


def _whole(value: Any, most: int = _MOST) -> int:
    number = int(value)
    if not 0 <= number <= most:
        raise ValueError(f"{number} is not between 0 and {most}")
    return number


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{number} is no time")
    return number


def _text(value: Any) -> str:
    """Half of a character, which JSON can write, is an error of encoding."""
    text = str(value)
    text.encode()
    return text


def _named(data: dict[str, Any]) -> dict[str, int]:
    return {_text(name): _whole(count) for name, count in data.items()}


def _counts(data: dict[str, Any], most: int) -> dict[int, int]:
    return {_whole(key, most): _whole(count) for key, count in data.items()}
