"""gf_ring.h: one thread against a deque, two threads by sequence numbers."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gearfast._native._csrc import ffi, lib

INDICES = ("published", "reserved", "released_seen", "released", "peeked", "published_seen")


@contextmanager
def new_ring(capacity: int, start: int = 0) -> Iterator[Any]:
    """A ring of uint64_t whose indices begin at `start`."""
    ring = ffi.new("gf_ring *")
    assert lib.gf_ring_init(ring, capacity, 8) == lib.GF_OK
    for index in INDICES:
        setattr(ring, index, start)
    yield ring
    lib.gf_ring_free(ring)


def put(ring: Any, value: int) -> bool:
    slot = ffi.cast("uint64_t *", lib.gf_ring_reserve_spsc(ring))
    if slot:
        slot[0] = value
    return bool(slot)


def take(ring: Any) -> int | None:
    slot = ffi.cast("uint64_t *", lib.gf_ring_peek_spsc(ring))
    return slot[0] if slot else None


OPERATIONS = st.lists(st.sampled_from(["put", "put", "commit", "take", "take", "release"]), max_size=120)


@given(st.integers(1, 9), st.sampled_from([0, 2**32 - 5]), OPERATIONS)
def test_behaves_like_a_bounded_queue(capacity: int, start: int, operations: list[str]) -> None:
    hidden: deque[int] = deque()
    visible: deque[int] = deque()
    taken = number = 0
    with new_ring(capacity, start) as ring:
        for operation in operations:
            if operation == "put":
                free = ring.capacity - len(hidden) - len(visible) - taken
                assert put(ring, number) == (free > 0)
                if free:
                    hidden.append(number)
                number += 1
            elif operation == "commit":
                lib.gf_ring_commit_spsc(ring)
                visible += hidden
                hidden.clear()
            elif operation == "take":
                taken += bool(visible)
                assert take(ring) == (visible.popleft() if visible else None)
            else:
                lib.gf_ring_release_spsc(ring)
                taken = 0
            assert lib.gf_ring_empty_spsc(ring) == (not visible)


@pytest.mark.parametrize(("asked", "given_"), [(0, 1), (1, 1), (3, 4), (64, 64), (65, 128)])
def test_capacity_is_rounded_up(asked: int, given_: int) -> None:
    with new_ring(asked) as ring:
        assert ring.capacity == given_


def test_no_memory() -> None:
    lib.gf_test_fail_allocations(0, 1)
    assert lib.gf_ring_init(ffi.new("gf_ring *"), 8, 8) == lib.GF_NOMEM


@pytest.mark.parametrize(("capacity", "batch"), [(1, 1), (16, 1), (64, 48), (1024, 64)])
def test_two_threads_without_a_bell(capacity: int, batch: int) -> None:
    assert lib.gf_drive_ring(capacity, batch, 50_000, False) == 0


def take_seen(ring: Any) -> int | None:
    slot = ffi.cast("uint64_t *", lib.gf_ring_peek_seen_spsc(ring))
    return slot[0] if slot else None


def test_a_look_bounds_what_is_taken_until_the_next_one() -> None:
    with new_ring(8) as ring:
        put(ring, 1)
        lib.gf_ring_commit_spsc(ring)
        assert take_seen(ring) is None
        lib.gf_ring_look_spsc(ring)
        put(ring, 2)
        lib.gf_ring_commit_spsc(ring)
        assert [take_seen(ring), take_seen(ring)] == [1, None]
        lib.gf_ring_look_spsc(ring)
        assert [take_seen(ring), take_seen(ring)] == [2, None]
