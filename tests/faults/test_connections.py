"""What the system may do to a connection: errors and interruptions, and less than was asked for."""

from __future__ import annotations

import errno
from itertools import product

import pytest

from tests.faults.host import served
from tests.faults.judging import check_rest, check_survival, told, wait_until_alone
from tests.faults.plan import ALWAYS, SHORT, Plan, Point
from tests.faults.story import Story, check_account, check_whole, work_off

HARMLESS = {"short": SHORT, "interrupted": errno.EINTR, "not now": errno.EAGAIN}
BROKEN = {
    Point.RECEIVE: (errno.ECONNRESET, errno.ETIMEDOUT),
    Point.SEND: (errno.ECONNRESET, errno.EPIPE),
}


@pytest.mark.parametrize("name", HARMLESS)
@pytest.mark.parametrize("point", [Point.RECEIVE, Point.SEND], ids=lambda point: point.name.lower())
def test_nobody_notices_what_is_harmless(plan: Plan, threads: int, point: Point, name: str) -> None:
    with served(threads) as server:
        for every in (2, 3, 7):
            with plan.fault(point, HARMLESS[name], every=every, most=ALWAYS) as rule:
                story = told(server)
                assert rule.done > 5
            check_whole(story)
            check_account(story, work_off(server.port))
        check_rest(server)


@pytest.mark.parametrize("error", [errno.EAGAIN, errno.EINTR], ids=errno.errorcode.get)
@pytest.mark.parametrize("point", [Point.RECEIVE, Point.SEND], ids=lambda point: point.name.lower())
def test_a_storm_of_errors_passes(plan: Plan, threads: int, point: Point, error: int) -> None:
    """Five hundred in a row, whoever asks."""
    with served(threads) as server:
        with plan.fault(point, error, first=10, most=500) as rule:
            story = told(server)
            assert rule.done == 500
        check_whole(story)
        check_account(story, work_off(server.port))
        check_rest(server)


def test_single_bytes_both_ways(plan: Plan, threads: int) -> None:
    """Every receive and every send moves one byte."""
    with served(threads) as server:
        with plan.fault(Point.SEND, every=1, most=20_000), plan.fault(Point.RECEIVE, every=1, most=20_000):
            story = told(server)
        check_whole(story)
        check_account(story, work_off(server.port))
        check_rest(server)


@pytest.mark.parametrize(("point", "error"), [(point, each) for point in BROKEN for each in BROKEN[point]])
def test_a_connection_may_break_at_every_step(plan: Plan, threads: int, point: Point, error: int) -> None:
    with served(threads) as server:
        with plan.count(point) as steps:
            check_whole(told(server))
            work_off(server.port)
            wait_until_alone(server)
            most = steps.calls
        for first in range(most):
            with plan.fault(point, error, first=first) as rule:
                story = told(server)
            assert story.hung_up <= rule.done == 1 or rule.calls <= first
            check_account(story, work_off(server.port))
            wait_until_alone(server)
        check_survival(server, told(server))
        check_rest(server)


@pytest.mark.parametrize("error", [errno.ENOMEM, errno.ENOSPC])
def test_a_poller_may_refuse_at_every_step(plan: Plan, threads: int, error: int) -> None:
    """Who can't be watched is hung up on."""
    with served(threads) as server:
        for first in range(12):
            with plan.fault(Point.WATCH, error, first=first), plan.fault(Point.SEND, every=5, most=ALWAYS):
                story = told(server)
            check_survival(server, story)
        check_rest(server)


@pytest.mark.parametrize("how", [SHORT, errno.EINTR])
def test_a_poller_may_be_interrupted_or_tell_little(plan: Plan, threads: int, how: int) -> None:
    with served(threads) as server:
        with plan.fault(Point.WAIT, how, every=2, most=ALWAYS):
            check_whole(story := told(server))
            check_account(story, work_off(server.port))
        check_rest(server)


def test_all_at_once(plan: Plan, threads: int) -> None:
    """Short receives and sends, interrupted pollers, and now and then a connection that breaks."""
    with served(threads) as server:
        for first, every in product((0, 5), (11, 23)):
            with (
                plan.fault(Point.SEND, SHORT, every=2, most=ALWAYS),
                plan.fault(Point.WAIT, errno.EINTR, every=3, most=ALWAYS),
                plan.fault(Point.RECEIVE, errno.ECONNRESET, first=first, every=every, most=ALWAYS),
            ):
                story = Story(server.port).tell()
            wait_until_alone(server)
            check_survival(server, story)
        check_rest(server)
