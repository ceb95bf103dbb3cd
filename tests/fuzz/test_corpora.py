"""Every file of the corpora, replayed: C targets with sanitizers of gcc, conversations with a server."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.fuzz import config_file, mix_file, recording_file, stored_rows
from tests.fuzz.corpora import CORPORA, SEEDS
from tests.fuzz.talk import play
from tests.support.child import ROOT, environment

HERE = Path(__file__).parent
WATCHERS = ("events", "ledger", "kept", "invariants", "steps", "world", "recorded", "replay")
SOURCES = [*(ROOT / "csrc").glob("*.c"), *(HERE / f"{name}.c" for name in WATCHERS)]
SANITIZE = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-UNDEBUG"]
FLAGS = ["-std=gnu11", "-pthread", "-O1", "-g", *SANITIZE, f"-I{ROOT / 'csrc'}"]
BUILD_SECONDS, REPLAY_SECONDS = 100.0, 60.0


def run(command: list[str | Path], cwd: Path, timeout: float) -> None:
    """Run it without the sanitizer that this process may have been given; its output shows when it fails."""
    subprocess.run(command, cwd=cwd, env=environment(has_native_code=False), timeout=timeout, check=True)


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with everything compiled but the targets."""
    folder = tmp_path_factory.mktemp("objects")
    run(["gcc", *FLAGS, "-c", *SOURCES], folder, BUILD_SECONDS)
    return folder


@pytest.mark.parametrize("target", ["core", "recorded", "store", "text", "schedule"])
def test_c_target(target: str, objects: Path, tmp_path: Path) -> None:
    inputs = sorted((CORPORA / target).iterdir())
    assert inputs
    program = tmp_path / target
    run(
        ["gcc", *FLAGS, HERE / f"fuzz_{target}.c", *objects.glob("*.o"), "-o", program],
        tmp_path,
        BUILD_SECONDS,
    )
    run([program, *inputs], tmp_path, REPLAY_SECONDS)


@pytest.mark.parametrize("threads", [0, 1, 3])
@pytest.mark.parametrize("path", sorted((CORPORA / "server").iterdir()), ids=lambda path: path.name)
def test_server(path: Path, threads: int) -> None:
    play(path.read_bytes(), threads)


@pytest.mark.parametrize("path", sorted((CORPORA / "config").iterdir()), ids=lambda path: path.name)
def test_config(path: Path) -> None:
    config_file.play(path.read_bytes())


@pytest.mark.parametrize("path", sorted((CORPORA / "mix").iterdir()), ids=lambda path: path.name)
def test_mix(path: Path) -> None:
    mix_file.play(path.read_bytes())


@pytest.mark.parametrize("path", sorted((CORPORA / "recording").iterdir()), ids=lambda path: path.name)
def test_recording(path: Path) -> None:
    recording_file.play(path.read_bytes())


@pytest.mark.parametrize("path", sorted((CORPORA / "rows").iterdir()), ids=lambda path: path.name)
def test_rows(path: Path) -> None:
    stored_rows.play(path.read_bytes())


@pytest.mark.parametrize("target", SEEDS)
def test_files_are_what_their_descriptions_say(target: str) -> None:
    """If not: python -m tests.fuzz.corpora."""
    files = {path.name: path.read_bytes() for path in (CORPORA / target).iterdir()}
    made = {name: data for name, data in files.items() if not name.startswith("found-")}
    assert made == SEEDS[target]
