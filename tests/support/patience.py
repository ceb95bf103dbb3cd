"""Waiting for what a server does in its own time."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import TypeVar

PATIENCE_SECONDS = 60.0  # only a failing test waits that long; a sanitizer build may need much of it

T = TypeVar("T")


def eventually(ask: Callable[[], T], accept: Callable[[T], bool], what: str) -> T:
    """Asks until the answer is acceptable, and returns it."""
    deadline = monotonic() + PATIENCE_SECONDS
    while not accept(answer := ask()):
        assert monotonic() < deadline, f"waited for {what}; the last answer was {answer}"
    return answer
