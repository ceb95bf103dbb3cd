"""gearfast top as a command: in a pipe, once, and where it can't go on."""

from __future__ import annotations

import subprocess
import sys

import pytest

from gearfast import Client, __version__
from tests.support.gearfast_process import gearfast
from tests.support.peers import gearmand, gearmand_path

COMMAND = [sys.executable, "-W", "error", "-m", "gearfast", "top"]
PATIENCE_SECONDS = 60


def top(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *words], capture_output=True, text=True, timeout=PATIENCE_SECONDS)


def test_once_prints_a_table_and_ends() -> None:
    with gearfast() as server:
        with Client((server.host, server.port)) as client:
            client.submit_many("f", [b""] * 3, background=True)
            client.submit("g", b"", background=True)
        done = top("-h", server.host, "-p", str(server.port), "--once", "--seconds", "0.1", "--filter", "F")
    about, headings, row = done.stdout.strip().split("\n")
    assert about == f"127.0.0.1:{server.port}  version {__version__}, functions 2"
    assert " ".join(headings.split()) == "FUNCTION QUEUEDv HIGH NORMAL LOW RUNNING WORKERS IN/S DONE/S"
    assert row.split() == ["f", "3", "0", "3", "0", "0", "0", "0", "0"]
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.clients
@pytest.mark.skipif(gearmand_path() is None, reason="gearmand is not installed (gearman-job-server)")
def test_gearmand_does_not_tell_jobs_a_second() -> None:
    with gearmand() as server:
        with Client((server.host, server.port)) as client:
            client.submit("f", b"", background=True)
        done = top("-h", f"{server.host}:{server.port}", "--once", "--seconds", "0.1")
    about, _, row = done.stdout.strip().split("\n")
    assert about.endswith("functions 1, does not tell jobs a second")
    assert row.split() == ["f", "1", "0", "1", "0", "0", "0", "-", "-"]


def test_nobody_there() -> None:
    done = top("-h", "127.0.0.1:1", "--once", "--seconds", "0.1")
    assert "127.0.0.1:1  no answer: cannot connect to 127.0.0.1:1" in done.stdout
    assert done.returncode == 1


def test_a_pipe_whose_reader_leaves_ends_it() -> None:
    with gearfast() as server:
        words = [*COMMAND, "-h", f"{server.host}:{server.port}", "--seconds", "0.1"]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith("127.0.0.1:")
        process.stdout.close()
        assert (process.wait(PATIENCE_SECONDS), process.stderr.read()) == (0, "")
        process.stderr.close()


def test_without_textual_it_says_what_to_install() -> None:
    hidden = "import sys; sys.modules['textual'] = None; from gearfast.cli.top import screen, View"
    code = f"{hidden}; screen([], View(), 1)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr.splitlines()[-1].endswith(
        "The live screen needs Textual: pip install 'gearfast[top]'. --plain does without."
    )


def test_textual_is_imported_only_for_the_screen() -> None:
    code = "import sys, gearfast.cli.top; sys.exit('textual' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
