"""A table of what each server costs, and of what that is of the floor's."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

from benchmarks.tables import table


class Note(NamedTuple):
    """The least CPU time of a row on a server, in us a job, and jobs a second of the same round."""

    row: str
    server: str
    cpu: float
    rate: float


NOTES = pytest.StashKey[list[Note]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[NOTES] = []


@pytest.fixture
def note(request: pytest.FixtureRequest) -> Callable[[Note], None]:
    return request.config.stash[NOTES].append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    notes = config.stash[NOTES]
    if not notes:
        return
    floors = {each.row: each.cpu for each in notes if each.server == "floor"}
    lines = [
        (each.row, each.server, f"{each.cpu:.3g}", of_floor(each, floors), f"{each.rate:,.0f}")
        for each in sorted(notes)
    ]
    header = ("row", "server", "CPU us/job", "of the floor's", "jobs/s")
    terminalreporter.write_line("\n" + table(header, lines))


def of_floor(each: Note, floors: dict[str, float]) -> str:
    return f"{each.cpu / floors[each.row]:.2f}" if each.row in floors else ""
