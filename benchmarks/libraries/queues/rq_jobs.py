"""The jobs as RQ has them: plain functions, found by their names."""

from __future__ import annotations

from benchmarks.libraries.queues import tally


def mark(payload: str) -> None:
    tally.mark(payload)


def greet(payload: str) -> None:
    tally.greet()
