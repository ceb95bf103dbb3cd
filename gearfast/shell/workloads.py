"""Where the workloads of `gearfast client` come from."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import BinaryIO


def workloads(
    operands: Sequence[str], source: BinaryIO, *, nothing: bool, lines: bool, strip: bool
) -> Iterator[bytes]:
    """One for each operand; without operands an empty one if `nothing`, one for each line of the source as it
    comes if `lines`, else all of the source.

    `strip` leaves out the ends of lines.
    """
    if operands:
        yield from map(os.fsencode, operands)
    elif nothing:
        yield b""
    elif lines:
        yield from (line.removesuffix(b"\n") if strip else line for line in source)
    else:
        yield source.read()
