"""What simulated clients and workers both know a job by: when it was due, in its workload, and its name."""

from __future__ import annotations

import struct

_STAMP = struct.Struct("<8sd")
_MAGIC = b"gf-stamp"


def workload(size: int, due: float) -> bytes:
    """So many bytes; if there is room, with the time (seconds since 1970)."""
    return _STAMP.pack(_MAGIC, due).ljust(size, b"x") if size >= _STAMP.size else b"x" * size


def age_of(data: bytes, now: float) -> float | None:
    """Seconds since a stamped job was due, None for others."""
    if not data.startswith(_MAGIC) or len(data) < _STAMP.size:
        return None
    due: float = _STAMP.unpack_from(data)[1]
    return max(0.0, now - due)


def name_of(unique: str | None, handle: str) -> str:
    """Its key, which outlives a server that keeps its jobs, or else its handle, which does not."""
    return unique or handle
