"""What every test gets: a marker by its folder, and a note that names the test during which a run died."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
NOTES = ROOT / "build" / "running-tests"
MARKED_FOLDERS = ("clients", "stress", "packaging")

# A test never asserts a time, and this includes hypothesis' own deadline.
settings.register_profile("gearfast", deadline=None)
settings.load_profile("gearfast")


def pytest_configure(config: pytest.Config) -> None:
    # A shell lets its background jobs ignore SIGINT, and programs under test would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    use_sanitized_tree(os.environ.get("GEARFAST_TREE"))


def use_sanitized_tree(tree: str | None) -> None:
    """Import gearfast from `tree` (a build/<flavour>/lib), or stop: the wrong flavour would prove nothing."""
    if tree is None:
        return
    sys.path.insert(0, tree)
    import gearfast

    if not Path(gearfast.__file__).is_relative_to(tree):
        pytest.exit(f"gearfast was imported from {gearfast.__file__}, not from {tree}", returncode=4)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folder = item.path.relative_to(ROOT / "tests").parts[0]
        if folder in MARKED_FOLDERS:
            item.add_marker(folder)


def note_of(pid: int) -> Path:
    """Where the pytest process `pid` says which test it runs."""
    return NOTES / str(pid)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def pytest_report_header() -> list[str]:
    """Name the tests during which earlier runs crashed or were killed, each once."""
    dead = [note for note in NOTES.glob("*") if not is_alive(int(note.name))]
    lines = [f"an earlier run died in {note.read_text()}" for note in dead]
    for note in dead:
        note.unlink(missing_ok=True)
    return lines


def pytest_runtest_logstart(nodeid: str) -> None:
    NOTES.mkdir(parents=True, exist_ok=True)
    note_of(os.getpid()).write_text(nodeid)


def pytest_sessionfinish() -> None:
    note_of(os.getpid()).unlink(missing_ok=True)
