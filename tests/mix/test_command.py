"""`gearfast mix`, as it is typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from gearfast.cli.main import main
from gearfast.mix import Function, Mix, parse
from gearfast.mix.schema import dumps
from gearfast.server.errors import ExitCode
from tests.protocol.wire import SUBMIT_JOB_BG
from tests.recording.recorded import peer, recording_server


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recorded")
    with recording_server(folder) as server, peer(server) as client:
        for _ in range(4):
            client.submit(SUBMIT_JOB_BG, b"mail", b"", b"x" * 100)
    return folder / "jobs"


def test_make_show_and_compare(recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mix", "make", "--comment", "mails", str(recording)]) == ExitCode.OK
    text = capsys.readouterr().out
    mix = parse(text)
    assert mix.functions["mail"].background == 1.0
    assert mix.comment == "mails"
    path = tmp_path / "mix.json"
    path.write_text(text)
    chart = tmp_path / "mix.png"
    assert main(["mix", "show", str(path), "--chart", str(chart)]) == ExitCode.OK
    assert "mail" in capsys.readouterr().out
    assert chart.read_bytes().startswith(b"\x89PNG")
    assert main(["mix", "compare", str(path), str(path)]) == ExitCode.OK
    assert "1.00" in capsys.readouterr().out


def test_damage_is_told_and_left_out(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damaged = tmp_path / "damaged"
    damaged.write_bytes(recording.read_bytes() + b"GFBK")
    assert main(["mix", "make", str(damaged)]) == ExitCode.OK
    told = capsys.readouterr()
    assert parse(told.out).functions
    assert "cut off in the head of a block" in told.err


def test_what_cannot_be_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nothing, bad = tmp_path / "nothing", tmp_path / "bad"
    bad.write_text("{}")
    unread = Path("/proc/self/mem")
    deep = tmp_path / "deep"
    deep.write_text("[" * 100_000)
    odd = tmp_path / "odd.json"
    odd.write_text(dumps(Mix(1, 1, {"a\0b": Function(1.0)})))
    for words, code, text in (
        (["make", str(nothing)], ExitCode.NO_INPUT, "No such file"),
        (["make", str(bad)], ExitCode.DATA, "is no recording"),
        (["show", str(nothing)], ExitCode.NO_INPUT, "No such file"),
        (["show", str(bad)], ExitCode.DATA, "line 1: 'gearfast_mix' is missing"),
        (["compare", str(bad), str(bad)], ExitCode.DATA, "line 1"),
        (["compare", str(unread), str(bad)], ExitCode.NO_INPUT, "Input/output error"),
        (["report", str(deep)], ExitCode.DATA, "is no report of a run"),
        (["work", str(odd)], ExitCode.DATA, "odd.json: "),
        (["work", str(bad), "--server", "a:b"], ExitCode.USAGE, "No port number in 'a:b'"),
        (["work", str(bad), "--server", ","], ExitCode.USAGE, "No server is named"),
        (["make"], ExitCode.USAGE, "Missing argument"),
        (["mend"], ExitCode.USAGE, "No such command"),
    ):
        assert main(["mix", *words]) == code
        assert text in capsys.readouterr().err
