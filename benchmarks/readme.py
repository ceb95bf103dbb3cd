"""The part of benchmarks/README.md that measurements fill in."""

from __future__ import annotations

from pathlib import Path


def publish(path: Path, part: str, text: str) -> None:
    """Replace what stands between the markers of a part. Raises ValueError when they are missing."""
    begin_marker, end_marker = f"<!-- {part}: begin -->", f"<!-- {part}: end -->"
    before, begin, rest = path.read_text().partition(begin_marker)
    _, end, after = rest.partition(end_marker)
    if not (begin and end):
        raise ValueError(f"{path} lacks {begin_marker} or {end_marker}")
    path.write_text(before + "\n\n".join([begin_marker, text, end_marker]) + after)
