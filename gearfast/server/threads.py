"""How many I/O threads `--threads auto` means."""

from __future__ import annotations

import os

AUTO = -1
MOST_AUTOMATIC = 8


def automatic(cores: int) -> int:
    """One core: everything in one thread. Few cores: a listener and one thread, since handing a packet from
    thread to thread costs more than they gain. Then one core each is left to the processing thread and to the
    rest of the machine."""
    if cores == 1:
        return 0
    if cores <= 3:
        return 1
    return min(cores - 2, MOST_AUTOMATIC)


def resolve(threads: int) -> int:
    """The number of I/O threads for an option value that may be AUTO."""
    return automatic(len(os.sched_getaffinity(0))) if threads == AUTO else threads
