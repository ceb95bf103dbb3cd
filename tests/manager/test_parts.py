"""Parts on their own: long lines, files that come and go, a system without room."""

from __future__ import annotations

import logging
import os
import resource
import select
import subprocess
from pathlib import Path

import pytest

from gearfast import Backoff
from gearfast.manager.code_watch import CodeWatch
from gearfast.manager.lines import MarkingHandler, records_of
from gearfast.supervisor.generation import Generation
from gearfast.supervisor.loop import Loop
from gearfast.supervisor.outlet import Outlet
from gearfast.supervisor.process import Process


def test_outputs_are_cut_into_lines() -> None:
    loop = Loop()
    lines: list[tuple[int, bytes]] = []
    outlet = Outlet(loop, lambda pid, line: lines.append((pid, line)))
    first, second = os.pipe(), os.pipe()
    for pid, (output, _) in enumerate((first, second)):
        os.set_blocking(output, False)
        outlet.follow(pid, output)
    os.write(first[1], b"one\ntw")
    os.write(second[1], b"three")
    loop.turn(0.0)
    os.write(first[1], b"o\n\n")
    os.close(first[1])
    loop.turn(0.0)
    loop.turn(0.0)
    outlet.close()
    loop.close()
    os.close(second[1])
    assert lines == [(0, b"one"), (0, b"two"), (0, b""), (1, b"three")]


def test_a_line_without_an_end_is_cut_up() -> None:
    loop = Loop()
    lines: list[bytes] = []
    outlet = Outlet(loop, lambda pid, line: lines.append(line))
    output, writer = os.pipe()
    os.set_blocking(output, False)
    outlet.follow(1, output)
    for _ in range(40):
        os.write(writer, b"x" * 65536)
        loop.turn(0.0)
    os.close(writer)
    outlet.close()
    loop.close()
    assert len(lines) > 1
    assert b"".join(lines) == b"x" * 65536 * 40


def test_closing_takes_what_is_there_from_one_who_writes_on() -> None:
    loop = Loop()
    lines: list[bytes] = []
    outlet = Outlet(loop, lambda pid, line: lines.append(line))
    output, writer = os.pipe()
    os.set_blocking(output, False)
    outlet.follow(1, output)
    with subprocess.Popen(["yes"], stdout=writer, stderr=subprocess.DEVNULL):  # until the pipe is closed
        os.close(writer)
        select.select([output], [], [])
        outlet.close()
    loop.close()
    assert set(lines[:-1]) == {b"y"}


@pytest.mark.parametrize(
    ("line", "records"),
    [
        (b"printed", [(logging.INFO, "printed")]),
        (b"", [(logging.INFO, "")]),
        (b"\x1e40\x1elogged", [(logging.ERROR, "logged")]),
        (b"printed\x1e30\x1elogged\x1e", [(logging.INFO, "printed"), (logging.WARNING, "logged\x1e")]),
        (b"\x1eno\x1e\xff", [(logging.INFO, "\x1eno\x1e\\xff")]),
    ],
)
def test_lines_of_processes(line: bytes, records: list[tuple[int, str]]) -> None:
    assert [(record.levelno, record.getMessage()) for record in records_of(7, line)] == records


def test_a_record_that_cannot_be_formatted_hurts_nobody(capfd: pytest.CaptureFixture[str]) -> None:
    logger = logging.Logger("shop")
    logger.addHandler(MarkingHandler())
    logger.info("%d", "no number")
    assert "--- Logging error ---" in capfd.readouterr().err


def test_code_has_changed_once_it_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / ".venv").mkdir()
    module = tmp_path / "shop" / "tasks.py"
    module.write_text("1")
    watch = CodeWatch(tmp_path)
    assert not watch.changed()
    for change in (lambda: module.write_text("22"), lambda: (tmp_path / "new.py").touch(), module.unlink):
        change()
        assert [watch.changed() for _ in range(3)] == [False, True, False]
    (tmp_path / "notes.txt").touch()
    (tmp_path / ".venv" / "hidden.py").touch()
    assert not any(watch.changed() for _ in range(3))


def test_a_system_without_room_is_asked_again() -> None:
    def start() -> Process:
        raise BlockingIOError("no room")

    generation = Generation(start, 2, Backoff(first=1.0, longest=1.0))
    generation.fill(0.0)
    assert (generation.processes, generation.ready) == ([], False)
    assert 0.5 <= generation.next_start <= 1.0


def test_a_process_that_cannot_be_started_leaves_no_descriptor_open() -> None:
    def open_descriptors() -> set[str]:
        return set(os.listdir("/proc/self/fd"))  # noqa: PTH208

    process = Process(lambda channel: None, (), captured=True)  # so that all is imported
    process.kill()
    process.close()
    assert process.output is not None
    os.close(process.output)
    before = open_descriptors()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)
    for room in range(5):
        resource.setrlimit(resource.RLIMIT_NOFILE, (_limit_with(room), most[1]))
        try:
            with pytest.raises(OSError, match="Too many open files"):
                Process(lambda channel: None, (), captured=True)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, most)
        assert open_descriptors() == before


def _limit_with(room: int) -> int:
    """The limit under which so many descriptors are free."""
    number = 0
    while room:
        try:
            os.fstat(number)
        except OSError:
            room -= 1
        number += 1
    return number
