"""Instruction counts: how they are compared with those checked in, and that callgrind counts them."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from benchmarks.instructions import __main__ as command
from benchmarks.instructions.comparing import Record, change_table, compare, growth_table, growths, load, save
from benchmarks.instructions.counting import Toolchain, count_all
from benchmarks.instructions.scenarios import ALL, SERIES, SINGLE, Scenario, Series

HERE = Toolchain("gcc 12.2.0", "glibc 2.36", "x86_64")
RECORDED = {scenario.name: 100.0 for scenario in ALL}


def series(is_flat: bool) -> Series:
    sizes = (1, 10, 100)
    scenarios = tuple(Scenario(f"work: {size}", "jobs", (("waiting", size),)) for size in sizes)
    return Series("work", sizes, scenarios, is_flat)


def costs(*values: float) -> dict[str, float]:
    return dict(zip(("work: 1", "work: 10", "work: 100"), values, strict=False))


class Run:
    """The command with given counts instead of counting."""

    def __init__(self, patch: pytest.MonkeyPatch, path: Path) -> None:
        self._patch = patch
        self.path = path
        self.toolchain = HERE
        patch.setattr(command, "COUNTS", path)
        save(Record(HERE, RECORDED), path)

    def __call__(self, changed: Mapping[str, float], *arguments: str) -> int:
        counted = {**RECORDED, **changed}
        self._patch.setattr(command, "toolchain", lambda: self.toolchain)
        self._patch.setattr(
            command, "count_all", lambda chosen: {each.name: counted[each.name] for each in chosen}
        )
        return command.main(arguments)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    return Run(monkeypatch, tmp_path / "counts.json")


# --- comparing ---


@pytest.mark.parametrize(
    ("before", "now", "is_over", "is_under"),
    [
        (100, 100, False, False),
        (100, 105, False, False),
        (100, 105.1, True, False),
        (100, 95, False, False),
        (100, 94.9, False, True),
        (None, 100, True, False),
    ],
)
def test_more_than_five_percent_counts(
    before: float | None, now: float, is_over: bool, is_under: bool
) -> None:
    (change,) = compare({} if before is None else {"a": before}, {"a": now})
    assert (change.is_over(), change.is_under()) == (is_over, is_under)


def test_the_table_shows_both_counts_and_the_change() -> None:
    text = change_table(compare({"a": 2000, "b": 10, "c": 10}, {"a": 2200, "b": 9, "c": 10.2, "d": 1}))
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()[2:]]
    assert cells == [
        ["a", "2,000.0", "2,200.0", "+10.0 %", "**over**"],
        ["b", "10.0", "9.0", "-10.0 %", "under"],
        ["c", "10.0", "10.2", "+2.0 %", ""],
        ["d", "", "1.0", "", "**not checked in**"],
    ]


@pytest.mark.parametrize(
    ("values", "is_steep"),
    [((100, 110, 110), False), ((100, 110.1, 100), True), ((100, 100, 111), True), ((100, 50, 50), False)],
)
def test_a_series_may_grow_by_ten_percent(values: tuple[float, ...], is_steep: bool) -> None:
    assert [each.is_steep() for each in growths([series(True)], costs(*values))] == [is_steep]
    assert [each.is_steep() for each in growths([series(False)], costs(*values))] == [False]


def test_growth_is_relative_to_the_smallest() -> None:
    text = growth_table(growths([series(True)], costs(200, 210, 250)))
    assert "1.00 / 1.05 / 1.25" in text
    assert "**steep**" in text


def test_a_series_that_was_not_counted_whole_says_nothing() -> None:
    assert growths([series(True)], costs(100, 200)) == []


@pytest.mark.parametrize(
    ("other", "is_like"),
    [
        (Toolchain("gcc 12.3.0", "glibc 2.36", "x86_64"), True),
        (Toolchain("gcc 13.2.0", "glibc 2.36", "x86_64"), False),
        (Toolchain("clang 12.2.0", "glibc 2.36", "x86_64"), False),
        (Toolchain("gcc 12.2.0", "glibc 2.41", "x86_64"), False),
        (Toolchain("gcc 12.2.0", "glibc 2.36", "aarch64"), False),
    ],
)
def test_counts_of_like_toolchains_are_compared(other: Toolchain, is_like: bool) -> None:
    assert HERE.is_like(other) is is_like


# --- the record ---


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    record = Record(HERE, {"foreground job": 2059.1, "CAN_DO": 420.0})
    save(record, tmp_path / "counts.json")
    assert load(tmp_path / "counts.json") == record


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"toolchain": {}, "instructions": {}}', '{"toolchain": 1, "instructions": {"a": "b"}}'],
)
def test_a_bad_record_is_an_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "counts.json"
    path.write_text(text)
    with pytest.raises(ValueError, match="not a record of counts"):
        load(path)


def test_each_scenario_is_checked_in() -> None:
    assert list(load(command.COUNTS).counts) == [scenario.name for scenario in ALL]


# --- the command ---


def test_equal_counts_pass(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run({}) == 0
    assert "--record" not in capsys.readouterr().out


def test_more_instructions_fail(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run({"foreground job": 106.0}) == 1
    assert "Over 5% more than is checked in" in capsys.readouterr().out


def test_fewer_instructions_pass_and_say_how_to_record(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run({"foreground job": 90.0}) == 0
    assert "make instructions ARGS=--record" in capsys.readouterr().out


def test_another_compiler_only_reports(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run.toolchain = Toolchain("gcc 14.1.0", "glibc 2.41", "x86_64")
    assert run({"foreground job": 200.0}) == 0
    text = capsys.readouterr().out
    assert "**over**" in text
    assert f"Checked in with {HERE}, counted with gcc 14.1.0" in text


def test_growth_fails_with_any_compiler_and_when_recording(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    steep = {each.name: 120.0 for each in SERIES[0].scenarios[1:]}
    run.toolchain = Toolchain("gcc 14.1.0", "glibc 2.41", "x86_64")
    assert run(steep) == 1
    assert "What is steep costs over 10% more" in capsys.readouterr().out
    assert run(steep, "--record") == 1


def test_recording_replaces_the_counts(run: Run) -> None:
    assert run({"foreground job": 200.0}, "--record") == 0
    assert load(run.path).counts["foreground job"] == 200.0
    assert run({"foreground job": 200.0}) == 0


def test_a_part_is_counted_and_not_recorded(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run({"foreground job": 200.0}, "--only", "ring") == 0
    assert "foreground job" not in capsys.readouterr().out
    with pytest.raises(SystemExit):
        run({}, "--only", "ring", "--record")
    with pytest.raises(SystemExit):
        run({}, "--only", "no such scenario")


def test_a_missing_record_is_told(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run.path.unlink()
    assert run({}) == 2
    assert str(run.path) in capsys.readouterr().err


# --- counting ---

needs_callgrind = pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind is not installed")


@needs_callgrind
def test_callgrind_counts_the_same_each_time() -> None:
    chosen = [SINGLE[0], Scenario("job among others", "jobs", (("count", 100), ("waiting", 1000)))]
    first = count_all(chosen)
    assert count_all(chosen) == first
    assert all(100 < count < 100_000 for count in first.values())


@needs_callgrind
def test_setup_is_not_counted() -> None:
    few, many = (
        Scenario(str(waiting), "jobs", (("count", 10), ("waiting", waiting))) for waiting in (1_000, 20_000)
    )
    counted = count_all([few, many])
    assert counted["20000"] < 2 * counted["1000"]


@needs_callgrind
@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("pigeons", ()), "unknown kind: pigeons"),
        (("jobs", (("pigeons", 1),)), "unknown option: pigeons=1"),
        (("jobs", (("count", -1),)), "not a number: count=-1"),
        (("jobs", (("count", 0),)), "the measured part went wrong"),
    ],
)
def test_a_bad_scenario_is_an_error(
    arguments: tuple[str, tuple[tuple[str, int], ...]], complaint: str
) -> None:
    with pytest.raises(RuntimeError, match=complaint):
        count_all([Scenario("bad", *arguments)])
