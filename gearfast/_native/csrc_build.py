"""Wrap csrc/ for tests, tools and benchmarks as `gearfast._native._csrc` (cffi, API mode).

The declarations are cdef/*.h, one file per part; the C that drives hot loops is cdef/*.c. The build links the
csrc library itself: this module holds its own copy.
"""

from __future__ import annotations

from pathlib import Path

from cffi import FFI

CDEF = Path("gearfast/_native/cdef")
PARTS = ["base", "ring", "block", "table", "index", "timer", "poller", "log", "recorder", "core", "drive"]
DRIVERS = ["failing", "loops", "threads"]
HEADERS = [
    "bytes",
    "hash",
    "ring",
    "lane",
    "bell",
    "block",
    "index",
    "timer",
    "poller",
    "log",
    "recorder",
    "core",
]
SYSTEM_HEADERS = ["poll.h", "pthread.h", "sched.h", "stdbool.h", "stdlib.h"]


def c_source() -> str:
    """What the module compiles: includes, then the drivers."""
    includes = [f"#include <{name}>" for name in SYSTEM_HEADERS]
    includes += [f'#include "gf_{name}.h"' for name in HEADERS]
    return "\n".join(includes + [(CDEF / f"{name}.c").read_text() for name in DRIVERS])


ffibuilder = FFI()
for part in PARTS:
    ffibuilder.cdef((CDEF / f"{part}.h").read_text())
ffibuilder.set_source(
    "gearfast._native._csrc",
    c_source(),
    extra_link_args=[f"-Wl,--wrap={name}" for name in ("malloc", "calloc", "realloc", "free")],
)
