"""Workloads whose bytes follow from two numbers, so that whoever holds one can tell whether it is whole."""

from __future__ import annotations

import random
import struct

_HEAD = struct.Struct(">II")
LARGEST = 1 << 20
_PATTERN = random.Random(4711).randbytes(LARGEST + 256)


def workload(seed: int, size: int) -> bytes:
    """`size` bytes after a head of 8 that says what they are."""
    start = seed % 256
    return _HEAD.pack(seed, size) + _PATTERN[start : start + size]


def is_whole(data: bytes) -> bool:
    """Whether `data` is a workload as it was made."""
    return len(data) >= _HEAD.size and data == workload(*_HEAD.unpack_from(data))


def some_size(chance: random.Random, largest: int) -> int:
    """0 to `largest`; sizes of every magnitude are equally likely, and both ends occur."""
    return min(largest, int(2 ** chance.uniform(-1, largest.bit_length())))


def for_unique(unique: bytes) -> bytes:
    """The one workload that belongs to a unique, whoever submits it."""
    chance = random.Random(unique)
    return workload(chance.getrandbits(32), some_size(chance, 4096))
