"""One row written to SQLite and synced, again and again: what a lone durable submit cannot be faster than."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

Metrics = dict[str, float]

PAYLOAD = 64
CREATE = "CREATE TABLE queue (unique_key TEXT, function_name TEXT, priority INTEGER, data BLOB)"


def measure(folder: Path, seconds: float) -> Metrics:
    """Rate in 1/s, times in microseconds; as for a load."""
    took: list[float] = []
    with closing(sqlite3.connect(folder / "bare.db", isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute(CREATE)
        began = before = time.perf_counter()
        while before - began < seconds:
            row = (f"key {len(took)}", "load", 1, os.urandom(PAYLOAD))
            db.execute("INSERT INTO queue VALUES (?, ?, ?, ?)", row)
            after = time.perf_counter()
            took.append(after - before)
            before = after
    took.sort()
    shares = {"p50": 0.5, "p99": 0.99, "p99.9": 0.999}
    found = {name: 1e6 * took[int(share * len(took))] for name, share in shares.items()}
    return {"rate": len(took) / (before - began), **found}
