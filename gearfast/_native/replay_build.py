"""Wrap the native replayer, gearfast/replay/*.c, as `gearfast._native._replay` (cffi, API mode).

Calls release Python's global lock. The build links the csrc library itself.
"""

from __future__ import annotations

from pathlib import Path

from cffi import FFI

FOLDER = Path("gearfast/replay")
HEADER = (FOLDER / "replay.h").read_text()

ffibuilder = FFI()
ffibuilder.cdef("\n".join(line for line in HEADER.splitlines() if not line.startswith("#")))
ffibuilder.set_source(
    "gearfast._native._replay",
    '#include "replay.h"',
    sources=[str(FOLDER / "peer.c"), str(FOLDER / "replay.c")],
    include_dirs=[str(FOLDER)],
)
