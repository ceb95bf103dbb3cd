"""The text command `record`: who may start a recording, and where to."""

from __future__ import annotations

from pathlib import Path

import pytest

from gearfast.cli.main import main
from tests.protocol.wire import SUBMIT_JOB_BG
from tests.recording.recorded import events, peer, submits
from tests.support.gearfast_process import gearfast


def test_without_a_directory_nobody_may(tmp_path: Path) -> None:
    refused = b"ERR RECORDING_OFF The+server+was+started+without+--record-dir\r\n"
    for options in ((), ("--record", str(tmp_path / "jobs"))):
        with gearfast(*options) as server, peer(server) as admin:
            assert admin.ask(b"record start jobs2") == refused
            assert admin.ask(b"record stop") == refused
    assert [path.name for path in tmp_path.iterdir()] == ["jobs"]


def test_names_that_are_none(tmp_path: Path) -> None:
    names = (b"../jobs", b"/tmp/jobs", b".jobs", b"-jobs", b"a/b", b"j\xff", b"x" * 201, b".")
    with gearfast("--record-dir", str(tmp_path)) as server, peer(server) as admin:
        for name in names:
            assert admin.ask(b"record start " + name).startswith(b"ERR INVALID_NAME ")
        assert admin.ask(b"record status") == b"OK off\n"
    assert list(tmp_path.iterdir()) == []


def test_a_recording_from_start_to_stop(tmp_path: Path) -> None:
    with gearfast("--record-dir", str(tmp_path)) as server, peer(server) as admin:
        admin.submit(SUBMIT_JOB_BG, b"before", b"", b"")
        assert admin.ask(b"record start jobs") == b"OK jobs\n"
        assert admin.ask(b"record start more") == b"ERR CANNOT_RECORD A+recording+is+under+way\r\n"
        admin.submit(SUBMIT_JOB_BG, b"during", b"", b"")
        assert admin.ask(b"record status").startswith(b"OK on jobs ")
        assert admin.ask(b"record stop") == b"OK\r\n"
        admin.submit(SUBMIT_JOB_BG, b"after", b"", b"")
        while admin.ask(b"record status") != b"OK off\n":
            pass
        found = events(tmp_path / "jobs")
        assert [event.function for event in submits(found)] == ["during"]
        assert admin.ask(b"record stop") == b"OK\r\n"


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "jobs").write_text("mine")
    (tmp_path / "jobs.1").symlink_to(tmp_path / "elsewhere")
    with gearfast("--record-dir", str(tmp_path)) as server, peer(server) as admin:
        assert admin.ask(b"record start jobs") == b"OK jobs.2\n"
    assert (tmp_path / "jobs").read_text() == "mine"
    assert not (tmp_path / "elsewhere").exists()
    assert events(tmp_path / "jobs.2")
    assert (tmp_path / "jobs.2").stat().st_mode & 0o777 == 0o600


def test_an_error_of_the_system_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    with gearfast("--record-dir", str(folder)) as server, peer(server) as admin:
        folder.rmdir()
        assert admin.ask(b"record start jobs") == b"ERR CANNOT_RECORD No+such+file+or+directory\r\n"
        assert admin.ask(b"record status") == b"OK off\n"


def test_what_is_no_command(tmp_path: Path) -> None:
    with gearfast("--record-dir", str(tmp_path)) as server, peer(server) as admin:
        for words in (b"", b"start", b"begin jobs", b"stop jobs", b"start a b"):
            assert admin.ask((b"record " + words).strip()).startswith(b"ERR INVALID_ARGUMENTS ")


def test_by_the_tool(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with gearfast("--record-dir", str(tmp_path)) as server:

        def told(*words: str, option: str = "--record") -> tuple[int, str, str]:
            code = main(["admin", "-h", server.host, "-p", str(server.port), option, *words])
            return code, *capsys.readouterr()

        assert told("status") == (0, "off\n", "")
        assert told("start", "jobs") == (0, "jobs\n", "")
        assert told("status")[1].startswith("on jobs ")
        assert told("start", "../jobs")[2].startswith("Error: INVALID_NAME")
        assert told("stop") == (0, "OK\n", "")
        while told("status")[1] != "off\n":
            pass
        assert told("start", "more", option="--rec") == (0, "more\n", "")
        assert told("stop", option="--rec") == (0, "OK\n", "")
        while told("status")[1] != "off\n":
            pass
        assert told("last", option="--record=start") == (0, "last\n", "")
        assert told("start")[2].startswith("Error: INVALID_ARGUMENTS")
