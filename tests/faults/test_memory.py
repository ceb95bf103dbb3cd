"""Each piece of memory that the server asks the system for is not to be had, once or for a while."""

from __future__ import annotations

import pytest

from tests.faults.host import served
from tests.faults.judging import check_rest, check_survival, told
from tests.faults.plan import ALWAYS, Plan, Point


def pieces(plan: Plan, threads: int) -> tuple[int, int]:
    """How many are asked for until the engine runs, and from then on until a story is told."""
    with plan.count(Point.ALLOC) as asked, served(threads) as server:
        at_start = asked.calls
        told(server)
        return at_start, asked.calls - at_start


def test_a_start_without_memory_fails_and_leaves_nothing(plan: Plan, threads: int) -> None:
    before = plan.allocated
    at_start, _ = pieces(plan, threads)
    assert at_start > 10
    assert plan.allocated == before
    for first in range(at_start):
        with plan.fault(Point.ALLOC, first=first) as rule:
            with pytest.raises(MemoryError), served(threads):
                pass
            assert rule.done == 1
        assert plan.allocated == before, first


@pytest.mark.parametrize("most", [1, 3], ids=["one piece", "three pieces"])
def test_a_server_without_memory_refuses_or_hangs_up(plan: Plan, threads: int, most: int) -> None:
    before = plan.allocated
    _, while_telling = pieces(plan, threads)
    struck = 0
    for first in range(while_telling):
        with served(threads) as server:
            with plan.fault(Point.ALLOC, first=first, most=most) as rule:
                story = told(server)
                struck += rule.done
            check_survival(server, story)
            check_rest(server)
        assert plan.allocated == before, first
    assert struck > while_telling // 2


def test_a_server_without_any_memory_recovers(plan: Plan, threads: int) -> None:
    """From some point on there is none at all, until the peers give up."""
    _, while_telling = pieces(plan, threads)
    for first in range(0, while_telling, 3):
        with served(threads) as server:
            with plan.fault(Point.ALLOC, first=first, most=ALWAYS):
                story = told(server)
            check_survival(server, story)
            check_rest(server)


@pytest.mark.parametrize("every", [2, 3, 5, 7, 11])
def test_every_nth_piece_of_memory_is_refused(plan: Plan, threads: int, every: int) -> None:
    before = plan.allocated
    for first in range(every):
        with served(threads) as server:
            with plan.fault(Point.ALLOC, first=first, every=every, most=ALWAYS) as rule:
                story = told(server)
                assert rule.done > 0
            check_survival(server, story)
            check_rest(server)
    assert plan.allocated == before
