"""What benchmarks/libraries says of a queue is what its jobs have done: none is missing, none ran twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.libraries.queues import tally
from benchmarks.libraries.queues.measuring import measure
from benchmarks.libraries.queues.peers import PEERS
from benchmarks.libraries.queues.tally import Tally
from benchmarks.readme import publish


@pytest.fixture
def tallied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tally:
    tallied = Tally(tmp_path, 3)
    monkeypatch.setenv(tally.VARIABLE, str(tallied.path))
    return tallied


def test_a_payload_has_64_bytes() -> None:
    assert {len(tally.payload(number).encode()) for number in (0, 7, 19_999)} == {64}


def test_a_job_that_has_not_run_is_missed(tallied: Tally) -> None:
    tally.mark(tally.payload(0))
    tally.mark(tally.payload(2).encode())
    with pytest.raises(RuntimeError, match="1 of 3 jobs were not run"):
        tallied.wait(deadline=0)


def test_a_job_that_has_run_twice_is_noticed(tallied: Tally) -> None:
    for number in (0, 1, 2, 1):
        tally.mark(tally.payload(number))
    tallied.wait(deadline=0)
    with pytest.raises(RuntimeError, match="1 of 3 jobs were not run once"):
        tallied.check()


def test_ten_workers_of_gearfast_run_every_job_once() -> None:
    peer = next(peer for peer in PEERS if peer.name == "gearfast 2 x 5")
    metrics = measure(peer, 500)
    assert min(metrics["rate"], metrics["submits"]) > 0


def test_a_table_replaces_the_one_before_and_nothing_else(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    after = "b\n<!-- two: begin --><!-- two: end -->\n"
    page.write_text(f"a\n<!-- one: begin -->\nold\n<!-- one: end -->\n{after}")
    publish(page, "one", "new")
    assert page.read_text() == f"a\n<!-- one: begin -->\n\nnew\n\n<!-- one: end -->\n{after}"
    with pytest.raises(ValueError, match="three"):
        publish(page, "three", "new")
