"""What is to fail in a server built with GEARFAST_FAULTS=1: the same as plan.h, in a file that it maps.

with plan.fault(Point.RECEIVE, errno.ECONNRESET, first=7):
    ...  # the eighth receive fails, those before and behind do not
"""

from __future__ import annotations

import ctypes
import mmap
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from enum import IntEnum, auto
from pathlib import Path

ALWAYS = 0xFFFFFFFF
SHORT = 0
VARIABLE = "GEARFAST_FAULT_PLAN"


class Point(IntEnum):
    """As in enum fault_point."""

    ALLOC = 0
    RECEIVE = auto()
    SEND = auto()
    ACCEPT = auto()
    WAIT = auto()
    WATCH = auto()
    THREAD = auto()
    DESCRIPTOR = auto()
    MONOTONIC = auto()
    WALL = auto()
    HAND_OVER = auto()
    SQLITE = auto()


class Rule(ctypes.Structure):
    """One point's rule, and what became of it."""

    _fields_ = (
        ("every", ctypes.c_uint32),
        ("first", ctypes.c_uint32),
        ("most", ctypes.c_uint32),
        ("how", ctypes.c_int32),
        ("calls", ctypes.c_uint64),
        ("done", ctypes.c_uint64),
    )
    every: int
    first: int
    most: int
    how: int
    calls: int
    done: int


class Watch(ctypes.Structure):
    _fields_ = (("poller", ctypes.c_int32), ("events", ctypes.c_uint32), ("tag", ctypes.c_uint64))


class Shared(ctypes.Structure):
    """The whole file."""

    _fields_ = (
        ("rules", Rule * len(Point)),
        ("skew", ctypes.c_int64 * 2),
        ("allocated", ctypes.c_int64),
        ("modules", ctypes.c_uint64),
        ("watches", Watch * 4096),
    )
    rules: ctypes.Array[Rule]
    skew: ctypes.Array[ctypes.c_int64]
    allocated: int
    modules: int


class Plan:
    """The plan of the server under test, which may be a process of its own or this one."""

    def __init__(self, path: Path) -> None:
        path.write_bytes(bytes(ctypes.sizeof(Shared)))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 0)
        self._shared = Shared.from_buffer(self._memory)

    @property
    def allocated(self) -> int:
        """Pieces of memory the native modules have of the system."""
        return self._shared.allocated

    @property
    def modules(self) -> int:
        """How many native modules heed this plan."""
        return self._shared.modules

    @contextmanager
    def fault(
        self, point: Point, how: int = SHORT, *, first: int = 0, every: int = 1, most: int = 1
    ) -> Iterator[Rule]:
        """While the block runs, calls fail: after `first` of them every `every`-th, `most` in all."""
        rule = self._shared.rules[point]
        rule.first, rule.most, rule.how = first, most, how
        rule.calls = rule.done = 0
        rule.every = every
        try:
            yield rule
        finally:
            rule.every = 0

    def count(self, point: Point) -> AbstractContextManager[Rule]:
        """Count the calls, and let all of them pass."""
        return self.fault(point, most=0)

    def reset_clocks(self) -> None:
        """As if they had never jumped."""
        for clock in range(2):
            self._shared.skew[clock] = 0
