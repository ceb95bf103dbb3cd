"""Text in columns."""

from __future__ import annotations

from collections.abc import Sequence


def columns(rows: Sequence[Sequence[str]], to_the_right: Sequence[bool]) -> list[str]:
    """A line for each row, with columns as wide as their longest cell. All rows are of the same length."""
    shape = [
        (max(map(len, column)), right)
        for column, right in zip(zip(*rows, strict=True), to_the_right, strict=True)
    ]
    return [
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, (width, right) in zip(row, shape, strict=True)
        ).rstrip()
        for row in rows
    ]
