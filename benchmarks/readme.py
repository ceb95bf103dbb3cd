"""The part of benchmarks/README.md that measurements fill in."""

from __future__ import annotations

from pathlib import Path


def publish(path: Path, text: str, commands: str) -> None:
    """Replace the tables of the servers side by side. Raises ValueError when their markers are missing."""
    replace(path, "side by side", text, "### The load", f"```\n{commands}\n```")


def replace(path: Path, name: str, *parts: str) -> None:
    """Replace what stands between the markers of that name. Raises ValueError when they are missing."""
    first, last = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, begin, rest = path.read_text().partition(first)
    _, end, after = rest.partition(last)
    if not (begin and end):
        raise ValueError(f"{path} lacks {first} or {last}")
    path.write_text(before + "\n\n".join([first, *parts, last]) + after)
