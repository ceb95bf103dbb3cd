"""Reports of runs, and the ready-made mixes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from gearfast.cli.main import main
from gearfast.mix import load
from gearfast.mix.report import page, side_by_side
from gearfast.mix.run import Run, process_usage
from gearfast.server.errors import ExitCode

SOURCES = Path(__file__).parents[2]  # the package may be a sanitized one elsewhere

READY_MADE = sorted((SOURCES / "tools" / "mixes").glob("*.json"))


def run(title: str, jobs: int, milliseconds: float) -> Run:
    made = Run(began=1000.0, title=title)
    for number in range(jobs):
        made.job(1000.0 + number / 10, "foreground", "f", milliseconds / 1000)
    made.server = [(1000.0, 1.0, 10 << 20), (1001.0, 1.5, 20 << 20)]
    return made


def cells(text: str) -> list[list[str]]:
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if "|" in line
    ]


def test_page() -> None:
    one = run("one", 20, 50.0)
    one.error(1001.2, "f: RefusedError: full|er")
    found = cells(page(one))
    assert ["jobs", "20"] in found
    assert ["jobs/s", "10.0"] in found
    assert ["errors", "1"] in found
    p50 = next(float(row[1]) for row in found if row[0] == "round trip p50, ms")
    assert p50 == pytest.approx(50, rel=0.01)
    assert ["server CPU, us/job", "25,000.0"] in found
    assert ["server memory, MiB", "20.0"] in found
    assert [row[:3] for row in found if row[0] in ("0", "1")] == [["0", "10.0", "0"], ["1", "10.0", "1"]]
    assert "full\\|er | 1 |" in page(one)


def test_two_runs() -> None:
    found = cells(side_by_side(run("one", 10, 50.0), run("two", 20, 100.0)))
    assert found[0] == ["", "one", "two", "B / A"]
    assert ["jobs", "10", "20", "2.00"] in found


def test_a_run_is_read_as_it_was_written() -> None:
    one = run("one", 20, 50.0)
    one.error(1003.0, "why")
    one.accepted.append("H:1")
    one.waits.add(0.5)
    again = Run.from_json(json.loads(json.dumps(one.as_json())))
    assert again.as_json() == one.as_json()
    again.add(one)
    assert (again.jobs(), again.failures.total(), len(again.times("foreground"))) == (40, 2, 40)


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, two, bad = (tmp_path / name for name in ("one", "two", "bad"))
    one.write_text(json.dumps(run("one", 10, 50.0).as_json()))
    two.write_text(json.dumps(run("two", 20, 50.0).as_json()))
    bad.write_text('{"gearfast_run": 1}')
    assert main(["mix", "report", str(one)]) == ExitCode.OK
    assert capsys.readouterr().out.startswith("# one\n")
    assert main(["mix", "compare", str(one), str(two)]) == ExitCode.OK
    assert capsys.readouterr().out.startswith("# Two runs\n")
    assert main(["mix", "report", str(bad)]) == ExitCode.DATA
    assert "is no report of a run: KeyError" in capsys.readouterr().err
    assert main(["mix", "report", str(tmp_path / "none")]) == ExitCode.NO_INPUT


def test_usage_of_a_process() -> None:
    usage = process_usage(os.getpid())
    assert usage is not None
    assert usage[0] > 0
    assert usage[1] > 1 << 20
    assert process_usage(2**22 + 1) is None


@pytest.mark.parametrize("path", READY_MADE, ids=lambda path: path.stem)
def test_ready_made_mixes_say_where_they_are_from(path: Path) -> None:
    mix = load(path)
    assert mix.comment
    assert mix.source
    # Without these nothing would ever be done.
    assert all(function.workers for function in mix.functions.values())


def test_every_known_use_has_a_mix() -> None:
    assert {path.stem for path in READY_MADE} == {
        "archive",
        "backlog",
        "continuous-integration",
        "delayed",
        "monitoring",
        "scatter-gather",
        "thumbnails",
        "tiny",
    }
