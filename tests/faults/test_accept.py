"""The listener's troubles: whoever waits is served in the end, and nobody spins meanwhile."""

from __future__ import annotations

import errno

import pytest

from gearfast.server.levels import Level
from tests.faults.host import served
from tests.faults.judging import check_rest, check_survival, told
from tests.faults.plan import Plan, Point

OUT_OF = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
PASSING = (errno.EINTR, errno.ECONNABORTED, errno.EAGAIN, errno.EPROTO, errno.ENETDOWN, errno.EPERM)


@pytest.mark.parametrize("error", OUT_OF, ids=errno.errorcode.get)
def test_out_of_descriptors_or_memory(plan: Plan, threads: int, error: int) -> None:
    """It stops accepting for 100 ms each time: that is why there are few attempts."""
    with served(threads, verbose=Level.WARNING) as server:
        with plan.fault(Point.ACCEPT, error, most=3) as rule:
            story = told(server)
            assert rule.done == 3
        check_survival(server, story)
        assert sum("Out of file descriptors" in line for line in server.log()) == 3
        check_rest(server)


@pytest.mark.parametrize("error", PASSING, ids=errno.errorcode.get)
def test_errors_that_pass(plan: Plan, threads: int, error: int) -> None:
    with served(threads) as server:
        with plan.fault(Point.ACCEPT, error, every=2, most=20) as rule:
            story = told(server)
            assert rule.done > 2
        check_survival(server, story)
        check_rest(server)
