"""Order, filter and columns of gearfast top, and its rates."""

from __future__ import annotations

import pytest

from gearfast.admin.records import FunctionCounts, FunctionQueue
from gearfast.links.addresses import parse_address
from gearfast.top.lines import Line, lines_of
from gearfast.top.view import COLUMNS, NAMES, View, short, table
from gearfast.top.watched import Known, State, Watched

LINES = [
    Line("b", high=1, normal=2, low=3, running=4, workers=5, submitted=0.5, done=1500),
    Line("a", high=9, done=20.0),
    Line("Cc", normal=7, running=8),
]


def names(view: View) -> list[str]:
    return [line.function for line in view.chosen(LINES)]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("function", ["Cc", "a", "b"]),
        ("queued", ["a", "Cc", "b"]),
        ("low", ["b", "Cc", "a"]),
        ("running", ["Cc", "b", "a"]),
        ("done", ["b", "a", "Cc"]),
    ],
)
def test_numbers_come_greatest_first_and_names_from_a(sort: str, order: list[str]) -> None:
    assert names(View(sort)) == order


def test_the_other_way_round_the_unknown_comes_first() -> None:
    assert names(View("done", is_reversed=True)) == ["Cc", "a", "b"]
    assert names(View("function", is_reversed=True)) == ["b", "a", "Cc"]


def test_a_part_of_the_name_is_enough_in_any_case() -> None:
    assert names(View(wanted="C")) == ["Cc"]
    assert names(View(wanted="x")) == []


def test_columns_that_sort_go_round_in_both_directions() -> None:
    seen, view = [], View()
    for _ in NAMES:
        seen.append(view.sort)
        view = View(view.next_sort(1))
    assert (sorted(seen), view.sort) == (sorted(NAMES), "queued")
    assert View("function").next_sort(-1) == NAMES[-1]


def test_every_line_fits_80_columns() -> None:
    wide = Line("resize\n[bold]" * 9, 10**9, 10**9, 10**9, 10**9, 10**9, 1e9, 1e9)
    lines = table([wide, *LINES], View(), 80)
    assert {len(line) for line in lines} == {80}
    assert "\n" not in "".join(lines)
    assert lines[0].split() == ["FUNCTION", "QUEUEDv", *(column.heading for column in COLUMNS[1:])]
    assert lines[1].split()[:3] == ["(4", "functions)", "3000M"]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        *[(None, "-"), (0, "0"), (2.25, "2.2"), (7, "7"), (99_999, "99999"), (99_999.6, "100k")],
        *[(123_456_789, "123M"), (5e12, "5000G")],
    ],
)
def test_numbers_are_short(number: float | None, text: str) -> None:
    assert short(number) == text


def watched(*states: State) -> Watched:
    server = Watched(parse_address("127.0.0.1:1"), 1)
    for state in states:
        server.known = Known(state, server.known.now)
    return server


def state(moment: float, **counts: tuple[int, int]) -> State:
    queues = [FunctionQueue(name, 1, 2, 3, 4) for name in counts]
    told = {name: FunctionCounts(name, *pair) for name, pair in counts.items()}
    return State(moment, "1", queues, dict.fromkeys(counts, 5), told)


def test_rates_are_of_the_time_between_two_looks() -> None:
    server = watched(state(10, f=(100, 40)), state(12, f=(300, 50), new=(8, 0)))
    assert lines_of([server]) == [Line("f", 1, 2, 3, 5, 4, 100, 5), Line("new", 1, 2, 3, 5, 4, 4, 0)]


def test_without_a_look_before_there_is_no_rate() -> None:
    assert lines_of([watched(state(10, f=(100, 40)))]) == [Line("f", 1, 2, 3, 5, 4)]


def test_a_function_that_was_made_anew_has_no_rate() -> None:
    server = watched(state(10, f=(100, 40)), state(12, f=(3, 2)))
    assert lines_of([server]) == [Line("f", 1, 2, 3, 5, 4)]


def test_servers_are_summed() -> None:
    counting = watched(state(10, f=(100, 40)), state(12, f=(300, 50)))
    plain = watched(State(1, "1", [FunctionQueue("f", 1, 1, 1, 1)], {}, None))
    assert lines_of([counting, plain]) == [Line("f", 2, 3, 4, 5, 5, 100, 5)]
