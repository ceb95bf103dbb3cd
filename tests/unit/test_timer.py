"""gf_timer against a plain dict of dues."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gearfast._native._csrc import ffi, lib

NEVER = 2**64 - 1
TIMERS = 300
DUES = st.one_of(st.integers(0, 50), st.integers(0, NEVER))


class TimersMachine(RuleBasedStateMachine):
    """Timers beside a dict from timer number to due."""

    def __init__(self) -> None:
        super().__init__()
        self.timers = ffi.new("gf_timers *")
        lib.gf_timers_init(self.timers)
        self.all = ffi.new("gf_timer[]", TIMERS)
        self.model: dict[int, int] = {}

    def teardown(self) -> None:
        lib.gf_timers_free(self.timers)

    @rule(armed=st.lists(st.tuples(st.integers(0, TIMERS - 1), DUES), min_size=1, max_size=200))
    def arm(self, armed: list[tuple[int, int]]) -> None:
        for number, due in armed:
            assert lib.gf_timers_arm(self.timers, self.all + number, due) == lib.GF_OK
            self.model[number] = due

    @rule(numbers=st.lists(st.integers(0, TIMERS - 1), max_size=200))
    def cancel(self, numbers: list[int]) -> None:
        for number in numbers:
            lib.gf_timers_cancel(self.timers, self.all + number)
            self.model.pop(number, None)

    @rule(now=DUES, most=st.integers(1, TIMERS))
    def pop(self, now: int, most: int) -> None:
        for _ in range(most):
            timer = lib.gf_timers_pop(self.timers, now)
            if not timer:
                assert min(self.model.values(), default=NEVER + 1) > now
                break
            assert timer.at == 0
            assert timer.due == min(self.model.values()) == self.model.pop(timer - self.all)

    @invariant()
    def the_first_is_the_earliest(self) -> None:
        first = lib.gf_timers_first(self.timers)
        assert self.timers.count == len(self.model)
        assert lib.gf_timers_next(self.timers) == min(self.model.values(), default=NEVER)
        assert bool(first) == bool(self.model)
        assert not first or self.model[first - self.all] == min(self.model.values())

    @invariant()
    def armed_ones_know_it(self) -> None:
        assert {i for i in range(TIMERS) if self.all[i].at} == set(self.model)


TimersMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestTimers = TimersMachine.TestCase


@pytest.fixture
def timers() -> Iterator[Any]:
    made = ffi.new("gf_timers *")
    lib.gf_timers_init(made)
    yield made
    lib.gf_timers_free(made)


def test_a_timer_due_at_the_end_of_time_can_be_popped(timers: Any) -> None:
    timer = ffi.new("gf_timer *")
    assert lib.gf_timers_arm(timers, timer, NEVER) == lib.GF_OK
    assert not lib.gf_timers_pop(timers, NEVER - 1)
    assert lib.gf_timers_pop(timers, NEVER) == timer


def test_without_memory_the_new_timer_stays_unarmed_and_armed_ones_can_move(timers: Any) -> None:
    full = 64
    all_ = ffi.new("gf_timer[]", full + 1)
    for i in range(full):
        assert lib.gf_timers_arm(timers, all_ + i, 100 + i) == lib.GF_OK
    lib.gf_test_fail_allocations(0, 1)
    assert lib.gf_timers_arm(timers, all_ + full, 1) == lib.GF_NOMEM
    assert all_[full].at == 0
    assert lib.gf_timers_next(timers) == 100
    lib.gf_test_fail_allocations(0, 1)
    assert lib.gf_timers_arm(timers, all_ + 5, 2) == lib.GF_OK
    lib.gf_test_fail_allocations(0, 0)
    assert lib.gf_timers_first(timers) == all_ + 5


def test_the_heap_shrinks(timers: Any) -> None:
    all_ = ffi.new("gf_timer[]", 10_000)
    for i in range(len(all_)):
        assert lib.gf_timers_arm(timers, all_ + i, i) == lib.GF_OK
    for i in range(len(all_)):
        assert lib.gf_timers_pop(timers, NEVER) == all_ + i
    assert timers.capacity <= 64


def test_a_hundred_thousand_timers_come_in_order() -> None:
    assert lib.gf_drive_timer_loop(100_000, 1000) == 0
