"""The output of processes: what each one writes, up to its end and beyond, if it left others that write."""

from __future__ import annotations

import os
from collections.abc import Callable

from gearfast.supervisor.loop import Loop

_CHUNK = 65536
_LONGEST_LINE = 1 << 20

TakeLine = Callable[[int, bytes], None]
"""Takes a process's id and a line that it wrote, without its end."""


class Outlet:
    """Reads the outputs and cuts them into lines. A line that is too long is cut up, one without an end is
    taken at the end of the output.
    """

    def __init__(self, loop: Loop, take_line: TakeLine) -> None:
        self._loop = loop
        self._take_line = take_line
        self._open: dict[int, tuple[int, bytearray]] = {}

    def follow(self, pid: int, output: int) -> None:
        """Read a process's output, and close it at its end."""
        self._open[output] = pid, bytearray()
        self._loop.watch(output, lambda: self._read(output))

    def close(self) -> None:
        """Take what was written up to now: a chunk is as much as a pipe holds."""
        for output in list(self._open):
            self._read(output)
            if output in self._open:
                self._end(output)

    def _read(self, output: int) -> None:
        """Take a chunk of what is there."""
        pid, rest = self._open[output]
        try:
            chunk = os.read(output, _CHUNK)
        except BlockingIOError:
            return
        if not chunk:
            self._end(output)
            return
        rest += chunk
        *lines, tail = rest.split(b"\n")
        if len(tail) > _LONGEST_LINE:
            lines.append(tail)
            tail = bytearray()
        rest[:] = tail
        for line in lines:
            self._take_line(pid, bytes(line))

    def _end(self, output: int) -> None:
        pid, rest = self._open.pop(output)
        self._loop.forget(output)
        os.close(output)
        if rest:
            self._take_line(pid, bytes(rest))
