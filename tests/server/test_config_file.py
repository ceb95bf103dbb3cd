"""The configuration file's format: gearmand's, with its traps mended."""

from __future__ import annotations

from pathlib import Path

import pytest

from gearfast.server import config_file
from gearfast.server.config_file import complete_long_names, read_words

NAMES = ("--verbose", "--version", "--threads", "--keepalive", "--keepalive-idle")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("--verbose DEBUG -p 4731", ["--verbose", "DEBUG", "-p", "4731"]),
        ("--verbose\nDEBUG\r\n-p\r4731\n\n", ["--verbose", "DEBUG", "-p", "4731"]),
        ("-t\t4", ["-t", "4"]),
        ("# a comment\n-t 4", ["-t", "4"]),
        ("# a comment with -d and --user root\n-t 4", ["-t", "4"]),
        ("-t 4 # four -d\r-p 1", ["-t", "4", "-p", "1"]),
        ("#-d", []),
        ("-l log#1", ["-l", "log#1"]),
        ("-t 4 -- -p 1", ["-t", "4", "-p", "1"]),
        ("words that mean nothing -d", ["words", "that", "mean", "nothing", "-d"]),
    ],
)
def test_words(text: str, words: list[str], tmp_path: Path) -> None:
    path = tmp_path / "x.conf"
    path.write_bytes(text.encode())
    assert read_words(path) == words


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "x.conf"
    path.write_bytes(b"-l /tmp/\xff")
    assert read_words(path) == ["-l", "/tmp/\udcff"]


@pytest.mark.parametrize(
    ("word", "completed"),
    [
        ("--th", "--threads"),
        ("--th=4", "--threads=4"),
        ("--verb", "--verbose"),
        ("--ver", "--ver"),
        ("--keepalive", "--keepalive"),
        ("--keepalive-", "--keepalive-idle"),
        ("--nosuch", "--nosuch"),
        ("-t", "-t"),
        ("th", "th"),
    ],
)
def test_abbreviated_names(word: str, completed: str) -> None:
    assert complete_long_names([word], NAMES) == [completed]


def test_default_path_is_the_first_that_exists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own, gearmands = tmp_path / "gearfast.conf", tmp_path / "gearmand.conf"
    monkeypatch.setattr(config_file, "DEFAULT_PATHS", (own, gearmands))
    assert config_file.default_path() is None
    gearmands.touch()
    assert config_file.default_path() == gearmands
    own.touch()
    assert config_file.default_path() == own
