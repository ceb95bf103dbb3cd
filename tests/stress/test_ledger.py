"""The load's own judgement: a server that breaks a promise is found out."""

from __future__ import annotations

import pytest

from tests.support.load.ledger import Hold, Ledger, Outcome, broken_promises, merge

GIVEN_UP, DONE, REFUSED, UNKNOWN = Outcome.GIVEN_UP, Outcome.DONE, Outcome.REFUSED, Outcome.UNKNOWN


def hold(since: float, until: float, outcome: Outcome, timed: bool = False) -> Hold:
    return Hold(since, until, outcome, timed)


@pytest.mark.parametrize(
    "holds",
    [
        [hold(1, 2, DONE)],
        [hold(1, 2, UNKNOWN)],
        [hold(1, 2, GIVEN_UP), hold(3, 4, UNKNOWN), hold(5, 6, DONE)],
        [hold(3, 4, DONE), hold(1, 2, GIVEN_UP)],
        [hold(1, 9, REFUSED, timed=True), hold(5, 6, DONE, timed=True)],
    ],
)
def test_a_job_that_ends_once_is_no_broken_promise(holds: list[Hold]) -> None:
    assert list(broken_promises(Ledger(background={7}, holds={7: holds}))) == []


@pytest.mark.parametrize(
    ("holds", "complaint"),
    [
        ([], "never ended"),
        ([hold(1, 2, GIVEN_UP)], "never ended"),
        ([hold(1, 2, DONE), hold(3, 4, DONE)], "two results"),
        ([hold(1, 2, DONE), hold(3, 4, GIVEN_UP)], "again after its result"),
        ([hold(1, 2, REFUSED), hold(3, 4, DONE)], "was refused"),
        ([hold(1, 4, UNKNOWN), hold(3, 5, DONE)], "at once"),
    ],
)
def test_a_broken_promise_is_noticed(holds: list[Hold], complaint: str) -> None:
    for ledger in (Ledger(background={7}, holds={7: holds}), Ledger(foreground={7}, holds={7: holds})):
        assert any(complaint in line for line in broken_promises(ledger))


def test_processes_are_judged_together() -> None:
    one = Ledger(background={7}, holds={7: [hold(1, 2, DONE)]})
    other = Ledger(background={8}, holds={7: [hold(3, 4, DONE)]})
    complaints = list(broken_promises(merge([one, other])))
    assert len(complaints) == 3
