"""The part of benchmarks/README.md that measurements fill in."""

from __future__ import annotations

from pathlib import Path

BEGIN = "<!-- side by side: begin -->"
END = "<!-- side by side: end -->"


def publish(path: Path, text: str, commands: str) -> None:
    """Replace what stands between the markers. Raises ValueError when they are missing."""
    before, begin, rest = path.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{path} lacks {BEGIN} or {END}")
    parts = [BEGIN, text, "### The load", f"```\n{commands}\n```", END]
    path.write_text(before + "\n\n".join(parts) + after)
