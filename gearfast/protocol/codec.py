"""The codec in use: the compiled one where it is built, else the one in plain Python.

The environment variable GEARFAST_CODEC names one of them, `native` or `python`, and forbids the other.
"""

from __future__ import annotations

import os

__all__ = ["IMPLEMENTATION", "PacketError", "arguments", "pack", "split"]

_wanted = os.environ.get("GEARFAST_CODEC", "")
if _wanted not in ("", "native", "python"):
    raise ImportError(f"GEARFAST_CODEC is {_wanted!r}; it may be native or python")

IMPLEMENTATION = "python"
if _wanted != "python":
    try:
        from gearfast._native.packet import PacketError, arguments, pack, split

        IMPLEMENTATION = "native"
    except ImportError:
        if _wanted == "native":
            raise
if IMPLEMENTATION == "python":
    from gearfast.protocol.pure import (  # type: ignore[assignment] # the same interface twice
        PacketError,
        arguments,
        pack,
        split,
    )
