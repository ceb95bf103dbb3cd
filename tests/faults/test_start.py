"""Each thread and each descriptor that a start needs is refused once."""

from __future__ import annotations

import errno

import pytest

from tests.faults.host import descriptors, served
from tests.faults.judging import told
from tests.faults.plan import Plan, Point
from tests.faults.story import check_whole


@pytest.mark.parametrize("point", [Point.THREAD, Point.DESCRIPTOR, Point.WATCH], ids=lambda point: point.name)
def test_a_start_fails_with_an_error_and_leaves_nothing(plan: Plan, threads: int, point: Point) -> None:
    with plan.count(point) as asked, served(threads):
        at_start = asked.calls
    assert at_start > 0
    before, memory = descriptors(), plan.allocated
    for first in range(at_start):
        with plan.fault(point, errno.EMFILE, first=first) as rule:
            with pytest.raises(OSError, match=r"eventfd|poller|thread"), served(threads):
                pass
            assert rule.done == 1
        assert (descriptors(), plan.allocated) == (before, memory), first
    with served(threads) as server:
        check_whole(told(server))
