"""gf_lane: pushes never wait, order is kept through the spill, and a stalled producer is woken."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gearfast._native._csrc import ffi, lib

CAPACITY = 8


def new_lane() -> Any:
    lane = ffi.new("gf_lane *")
    assert lib.gf_lane_init(lane, CAPACITY, 8) == lib.GF_OK
    return lane


def push(lane: Any, value: int) -> bool:
    slot = ffi.cast("uint64_t *", lib.gf_lane_push(lane))
    if slot:
        slot[0] = value
    return bool(slot)


def take(lane: Any) -> int | None:
    slot = ffi.cast("uint64_t *", lib.gf_lane_peek(lane))
    return slot[0] if slot else None


class LaneMachine(RuleBasedStateMachine):
    """A lane beside three deques: pushed, published, and peeked but not released."""

    def __init__(self) -> None:
        super().__init__()
        self.lane = new_lane()
        self.number = 0
        self.pushed: deque[int] = deque()
        self.published: deque[int] = deque()
        self.held = 0

    def teardown(self) -> None:
        lib.gf_lane_free(self.lane)

    def room(self) -> int:
        """Slots of the ring that a flush may fill."""
        return CAPACITY - self.held - len(self.published)

    @rule(many=st.integers(1, 200))
    def push(self, many: int) -> None:
        for _ in range(many):
            assert push(self.lane, self.number)
            self.pushed.append(self.number)
            self.number += 1

    @rule()
    def flush(self) -> None:
        fits = min(self.room(), len(self.pushed))
        assert lib.gf_lane_flush(self.lane) == (fits > 0)
        for _ in range(fits):
            self.published.append(self.pushed.popleft())
        assert lib.gf_lane_stalled(self.lane) == bool(self.pushed)

    @rule(many=st.integers(1, CAPACITY + 1))
    def take(self, many: int) -> None:
        for _ in range(many):
            self.held += bool(self.published)
            assert take(self.lane) == (self.published.popleft() if self.published else None)

    @rule()
    def release(self) -> None:
        lib.gf_lane_release(self.lane)
        self.held = 0

    @invariant()
    def empty_tells_the_truth(self) -> None:
        assert lib.gf_lane_empty(self.lane) == (not self.published)


LaneMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestLane = LaneMachine.TestCase


@pytest.fixture
def lane() -> Iterator[Any]:
    made = new_lane()
    yield made
    lib.gf_lane_free(made)


def drain(lane: Any) -> list[int]:
    """Everything in the lane, by turns of both sides."""
    got: list[int] = []
    while lib.gf_lane_flush(lane) or not lib.gf_lane_empty(lane):
        while (value := take(lane)) is not None:
            got.append(value)
        lib.gf_lane_release(lane)
    return got


def test_a_burst_far_above_the_ring_arrives_in_order(lane: Any) -> None:
    assert all(push(lane, value) for value in range(10_000))
    assert drain(lane) == list(range(10_000))
    assert not lib.gf_lane_stalled(lane)


def test_a_spill_that_wraps_round_stays_in_order_when_it_grows(lane: Any) -> None:
    first_spill = 64
    assert all(push(lane, value) for value in range(CAPACITY + first_spill))
    lib.gf_lane_flush(lane)
    assert [take(lane) for _ in range(CAPACITY)] == list(range(CAPACITY))
    lib.gf_lane_release(lane)
    lib.gf_lane_flush(lane)
    assert all(push(lane, value) for value in range(CAPACITY + first_spill, 1000))
    assert drain(lane) == list(range(CAPACITY, 1000))


def test_nothing_new_is_not_published_again(lane: Any) -> None:
    push(lane, 1)
    assert lib.gf_lane_flush(lane)
    assert not lib.gf_lane_flush(lane)


def test_only_a_producer_that_blocked_is_woken_and_only_once(lane: Any) -> None:
    assert not lib.gf_lane_unblock(lane)
    lib.gf_lane_block(lane)
    assert lib.gf_lane_unblock(lane)
    assert not lib.gf_lane_unblock(lane)


def test_push_without_memory_keeps_what_was_pushed(lane: Any) -> None:
    pushed = CAPACITY + 64  # the first spill is full, too
    assert all(push(lane, value) for value in range(pushed))
    lib.gf_test_fail_allocations(0, 1)
    assert not push(lane, -1)
    assert push(lane, pushed)
    assert drain(lane) == list(range(pushed + 1))


def test_no_memory_for_the_first_spill(lane: Any) -> None:
    assert all(push(lane, value) for value in range(CAPACITY))
    lib.gf_test_fail_allocations(0, 1)
    assert not push(lane, -1)
    assert not lib.gf_lane_stalled(lane)
    assert drain(lane) == list(range(CAPACITY))


@pytest.mark.parametrize(("capacity", "burst"), [(1, 1), (2, 5), (64, 200), (1024, 16)])
def test_two_threads_that_both_sleep(capacity: int, burst: int) -> None:
    assert lib.gf_drive_lane(capacity, burst, 30_000) == 0
