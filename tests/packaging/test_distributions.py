"""What a user gets from the source distribution and the wheel, both made from a clean copy of the tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path, PurePosixPath

import pytest

import gearfast

ROOT = Path(__file__).resolve().parents[2]
LEFT_BEHIND = shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "*.so", "__pycache__")
CFFI_MODULES = ["_csrc", "_replay"]
NATIVE_MODULES = sorted([path.stem for path in (ROOT / "gearfast" / "_native").glob("*.pyx")] + CFFI_MODULES)

pytestmark = pytest.mark.timeout(600)


def run(*command: str | Path, cwd: Path) -> str:
    """The output of `command`, run without what this test run itself has in its environment."""
    ours = ("PYTHON", "GEARFAST")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    finished = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A source distribution; no list of files or product of an earlier build has a part in it."""
    tree = tmp_path_factory.mktemp("sdist") / "gearfast"
    shutil.copytree(ROOT, tree, ignore=LEFT_BEHIND)
    run(sys.executable, "-m", "build", "--sdist", "--no-isolation", cwd=tree)
    (archive,) = (tree / "dist").iterdir()
    return archive


def test_sdist_installs_into_a_clean_venv(sdist: Path, tmp_path: Path) -> None:
    run(sys.executable, "-m", "venv", "clean", cwd=tmp_path)
    programs = tmp_path / "clean" / "bin"
    run(programs / "python", "-m", "pip", "install", sdist, cwd=tmp_path)
    imports = "; ".join(f"import gearfast._native.{name}" for name in NATIVE_MODULES)
    run(programs / "python", "-c", imports, cwd=tmp_path)
    assert gearfast.__version__ in run(programs / "gearfast", "--version", cwd=tmp_path)
    assert gearfast.__version__ in run(programs / "python", "-m", "gearfast", "--version", cwd=tmp_path)


def test_wheel_holds_products_and_no_sources(sdist: Path, tmp_path: Path) -> None:
    run(sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", sdist, cwd=tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    files = [PurePosixPath(name) for name in zipfile.ZipFile(wheel).namelist()]
    native = [path.name for path in files if path.match("gearfast/_native/*.so")]
    assert sorted(name.split(".")[0] for name in native) == NATIVE_MODULES
    assert PurePosixPath("gearfast/py.typed") in files
    assert PurePosixPath("gearfast/_native/engine.pyi") in files
    assert {path.suffix for path in files if path.parts[0] == "gearfast"} == {".py", ".pyi", ".so", ".typed"}
    pages = {path.name for path in files if path.match("share/man/man1/*.1")}
    assert pages == {path.name for path in (ROOT / "docs" / "man").iterdir()}
    assert not {"csrc_build.py", "replay_build.py"} & {path.name for path in files}
