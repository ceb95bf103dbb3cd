"""When a background submit is answered."""

from __future__ import annotations

from enum import IntEnum


class Durability(IntEnum):
    """The numbers are those of gf_durability in csrc/gf_journal.h."""

    NONE = 0  # at once: the job is in memory only
    ASYNC = 1  # at once: the store gets the job soon
    SYNC = 2  # when the store has committed the job
