"""gf_block: blocks, their way back from other threads, and what the system gets back."""

from __future__ import annotations

import ctypes
import mmap
import random
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gearfast._native._csrc import ffi, lib

SLAB = 256 * 1024
PAGE = mmap.PAGESIZE
LARGEST_SMALL = 32 * 1024 - 16


class Stats(NamedTuple):
    """What a pool counts."""

    blocks: int
    bytes: int
    mapped: int


def stats(pool: Any) -> Stats:
    out = ffi.new("gf_pool_stats_out *")
    lib.gf_pool_stats(pool, out)
    assert lib.gf_pool_is_idle(pool) <= (out.live_blocks == 0)
    return Stats(out.live_blocks, out.live_bytes, out.mapped_bytes)


@pytest.fixture
def new_pool() -> Iterator[Callable[[], Any]]:
    pools = []

    def make() -> Any:
        pools.append(lib.gf_pool_new())
        return pools[-1]

    yield make
    for pool in pools:
        lib.gf_pool_collect(pool)
    for pool in pools:
        lib.gf_pool_collect(pool)
        left = stats(pool).blocks
        lib.gf_pool_free(pool)
        assert left == 0


@pytest.fixture
def pool(new_pool: Callable[[], Any]) -> Any:
    return new_pool()


def contents(block: Any, size: int) -> Any:
    return ffi.buffer(lib.gf_block_data(block), size)


def in_another_thread(function: Callable[[], None]) -> None:
    thread = threading.Thread(target=function)
    thread.start()
    thread.join()


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 496, 497, 560, LARGEST_SMALL, LARGEST_SMALL + 1, 2**20])
def test_size_and_alignment(pool: Any, size: int) -> None:
    block = lib.gf_block_new(pool, size)
    assert size <= block.size <= size * 9 / 8 + 32
    assert int(ffi.cast("uintptr_t", lib.gf_block_data(block))) % 16 == 0
    contents(block, block.size)[:] = b"x" * block.size
    lib.gf_block_unref(block, pool)


def test_every_size_fits_its_class_and_wastes_little(pool: Any) -> None:
    for size in range(1, LARGEST_SMALL + 40):
        block = lib.gf_block_new(pool, size)
        assert size <= block.size < max(size + 16, (size + 16) * 9 // 8)
        lib.gf_block_unref(block, pool)


SIZES = st.one_of(st.integers(0, 600), st.integers(0, 40_000))


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), SIZES), max_size=200), st.randoms(use_true_random=False))
def test_blocks_never_overlap(steps: list[tuple[bool, int]], chooser: random.Random) -> None:
    pool = lib.gf_pool_new()
    live: list[tuple[Any, bytes]] = []
    for number, (make, size) in enumerate(steps):
        if make or not live:
            block = lib.gf_block_new(pool, size)
            live.append((block, number.to_bytes(4, "big") * (size // 4)))
            contents(block, len(live[-1][1]))[:] = live[-1][1]
        else:
            block, written = live.pop(chooser.randrange(len(live)))
            assert bytes(contents(block, len(written))) == written
            lib.gf_block_unref(block, pool)
        assert stats(pool).blocks == len(live)
    for block, written in live:
        assert bytes(contents(block, len(written))) == written
        lib.gf_block_unref(block, pool)
    assert stats(pool).blocks == stats(pool).bytes == 0
    lib.gf_pool_free(pool)


def test_the_last_of_several_references_gives_it_back(pool: Any) -> None:
    block = lib.gf_block_ref(lib.gf_block_ref(lib.gf_block_new(pool, 100)))
    for left in (1, 1, 0):
        lib.gf_block_unref(block, pool)
        assert stats(pool).blocks == left


@pytest.mark.parametrize("size", [64, 200, 5000, 40_000])
def test_memory_goes_back_to_the_system(pool: Any, size: int) -> None:
    many = 100_000 if size < 1000 else 2000
    blocks = [lib.gf_block_new(pool, size) for _ in range(many)]
    full = stats(pool)
    assert full.blocks == many
    assert full.mapped >= full.bytes >= many * size
    random.Random(size).shuffle(blocks)
    for block in blocks:
        lib.gf_block_unref(block, pool)
    assert stats(pool).mapped <= 5 * SLAB


def slab_of(first_block: Any) -> int:
    """Where the slab begins whose first block this is."""
    return int(ffi.cast("uintptr_t", first_block)) // PAGE * PAGE


def resident_pages(address: int, size: int) -> int:
    """How many pages of a mapping the system has brought in."""
    states = (ctypes.c_ubyte * (size // PAGE))()
    assert ctypes.CDLL(None).mincore(ctypes.c_void_p(address), ctypes.c_size_t(size), states) == 0
    return sum(state & 1 for state in states)


def test_a_pool_brings_in_whole_slabs_only_of_sizes_that_it_has_many_of(pool: Any) -> None:
    per_slab = (SLAB - 128) // 256
    blocks = [lib.gf_block_new(pool, 240) for _ in range(5 * per_slab + 1)]
    other = lib.gf_block_new(pool, 500)
    assert resident_pages(slab_of(blocks[-1]), SLAB) == SLAB // PAGE
    assert resident_pages(slab_of(other), SLAB) == 1
    for block in [*blocks, other]:
        lib.gf_block_unref(block, pool)


def test_a_small_block_costs_its_size_and_one_header(pool: Any) -> None:
    block = lib.gf_block_new(pool, 112)
    assert stats(pool).bytes == 128
    lib.gf_block_unref(block, pool)


def test_dropped_by_a_thread_without_a_pool(pool: Any) -> None:
    blocks = [lib.gf_block_new(pool, 100) for _ in range(1000)]
    in_another_thread(lambda: [lib.gf_block_unref(block, ffi.NULL) for block in blocks].clear())
    assert stats(pool).blocks == 1000
    lib.gf_pool_collect(pool)
    assert stats(pool).blocks == 0


def test_dropped_by_a_thread_with_its_own_pool(new_pool: Callable[[], Any]) -> None:
    owner, other = new_pool(), new_pool()
    blocks = [lib.gf_block_new(owner, 100) for _ in range(1000)]

    def drop() -> None:
        for block in blocks:
            lib.gf_block_unref(block, other)
        lib.gf_pool_collect(other)

    in_another_thread(drop)
    lib.gf_pool_collect(owner)
    assert stats(owner).blocks == 0
    assert stats(other) == (0, 0, 0)


def test_one_thread_drops_blocks_of_more_pools_than_it_has_outboxes(new_pool: Callable[[], Any]) -> None:
    owners, other = [new_pool() for _ in range(30)], new_pool()
    blocks = [lib.gf_block_new(owner, 100) for _ in range(100) for owner in owners]
    for block in blocks:
        lib.gf_block_unref(block, other)
    lib.gf_pool_collect(other)
    for owner in owners:
        lib.gf_pool_collect(owner)
        assert stats(owner).blocks == 0


def test_returned_blocks_are_used_before_new_memory(pool: Any) -> None:
    per_slab = (SLAB - 128) // 128
    blocks = [lib.gf_block_new(pool, 112) for _ in range(per_slab)]
    assert stats(pool).mapped == SLAB
    in_another_thread(lambda: [lib.gf_block_unref(block, ffi.NULL) for block in blocks].clear())
    again = [lib.gf_block_new(pool, 112) for _ in range(per_slab)]
    assert stats(pool) == (per_slab, per_slab * 128, SLAB)
    for block in again:
        lib.gf_block_unref(block, pool)


def test_a_large_block_goes_back_at_once_from_any_thread(pool: Any) -> None:
    block = lib.gf_block_new(pool, 10**6)
    assert stats(pool).blocks == 1
    assert stats(pool).mapped >= 10**6
    in_another_thread(lambda: lib.gf_block_unref(block, ffi.NULL))
    assert stats(pool) == (0, 0, 0)


def address_of(block: Any) -> int:
    return int(ffi.cast("uintptr_t", block))


MEGABYTE = 10**6


@pytest.fixture
def keeping(pool: Any) -> Any:
    """A pool that keeps up to three megabytes of large blocks."""
    lib.gf_pool_keep_large(pool, 3 * MEGABYTE)
    return pool


def test_a_large_block_that_is_kept_is_the_next_of_its_size(keeping: Any) -> None:
    for size in (MEGABYTE, MEGABYTE - 1000, MEGABYTE * 9 // 10):
        block = lib.gf_block_new(keeping, size)
        contents(block, size)[:] = b"x" * size
        assert block.size >= size
        if size == MEGABYTE:
            first = address_of(block)
        assert address_of(block) == first
        assert stats(keeping).blocks == 1
        in_another_thread(partial(lib.gf_block_unref, block, ffi.NULL))
        assert stats(keeping).blocks == stats(keeping).bytes == 0
        assert stats(keeping).mapped >= MEGABYTE
        assert not lib.gf_pool_is_idle(keeping)


@pytest.mark.parametrize("size", [MEGABYTE // 2, MEGABYTE + 1000])
def test_a_kept_block_of_another_size_is_left(keeping: Any, size: int) -> None:
    lib.gf_block_unref(lib.gf_block_new(keeping, MEGABYTE), keeping)
    before = stats(keeping).mapped
    block = lib.gf_block_new(keeping, size)
    assert stats(keeping).mapped >= before + size
    lib.gf_block_unref(block, keeping)


def test_no_more_is_kept_than_asked_for(keeping: Any) -> None:
    for block in [lib.gf_block_new(keeping, MEGABYTE) for _ in range(5)]:
        lib.gf_block_unref(block, keeping)
    assert 2 * MEGABYTE <= stats(keeping).mapped <= 3 * MEGABYTE
    for block in [lib.gf_block_new(keeping, 150_000) for _ in range(50)]:
        lib.gf_block_unref(block, keeping)
    assert 2 * MEGABYTE <= stats(keeping).mapped <= 3 * MEGABYTE
    lib.gf_block_unref(lib.gf_block_new(keeping, 4 * MEGABYTE), keeping)
    assert stats(keeping).mapped <= 3 * MEGABYTE


def test_what_was_kept_goes_back_in_idleness(keeping: Any) -> None:
    lib.gf_block_unref(lib.gf_block_new(keeping, MEGABYTE), keeping)
    lib.gf_pool_collect(keeping)
    assert stats(keeping).mapped >= MEGABYTE
    while not lib.gf_pool_is_idle(keeping):  # the test's time-out ends it
        time.sleep(0.05)
        lib.gf_pool_collect(keeping)
    assert stats(keeping).mapped == 0


@pytest.mark.parametrize("size", [2**32, 2**40])
def test_no_block_above_the_longest_packet(pool: Any, size: int) -> None:
    assert not lib.gf_block_new(pool, size)


class System:
    """A source of memory that runs dry."""

    def __init__(self, pool: Any) -> None:
        self.left = 0
        self.out: dict[int, int] = {}
        self.callbacks = (
            ffi.callback("gf_pool_alloc", self.alloc),
            ffi.callback("gf_pool_release", self.release),
        )
        lib.gf_pool_set_system(pool, *self.callbacks)

    def alloc(self, size: int) -> Any:
        if self.left == 0:
            return ffi.NULL
        self.left -= 1
        memory = lib.malloc(size)
        self.out[int(ffi.cast("uintptr_t", memory))] = size
        return memory

    def release(self, memory: Any, size: int) -> None:
        assert self.out.pop(int(ffi.cast("uintptr_t", memory))) == size
        lib.free(memory)


@pytest.mark.parametrize("size", [100, 20_000, 100_000])
def test_without_memory_there_is_no_block_and_with_memory_again_there_is(size: int) -> None:
    pool = lib.gf_pool_new()
    system = System(pool)
    assert not lib.gf_block_new(pool, size)
    assert stats(pool) == (0, 0, 0)
    system.left = 1
    blocks = []
    while block := lib.gf_block_new(pool, size):
        blocks.append(block)
    assert stats(pool).blocks == len(blocks) > 0
    lib.gf_block_unref(blocks.pop(), pool)
    system.left = int(size > LARGEST_SMALL)
    blocks.append(lib.gf_block_new(pool, size))
    assert blocks[-1]
    for block in blocks:
        lib.gf_block_unref(block, pool)
    lib.gf_pool_free(pool)
    assert system.out == {}


def test_no_memory_for_a_pool() -> None:
    lib.gf_test_fail_allocations(0, 1)
    assert not lib.gf_pool_new()


@pytest.mark.parametrize(("droppers", "size"), [(1, 1), (1, 100), (3, 200), (2, 40_000), (2, 200_000)])
def test_threads_drop_blocks_that_another_makes(droppers: int, size: int) -> None:
    assert lib.gf_drive_blocks(droppers, size, 20_000) == 0
