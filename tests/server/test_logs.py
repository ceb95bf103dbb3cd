"""The log: its lines, where they go, and what happens when that place cannot be written."""

from __future__ import annotations

import logging
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gearfast._native.engine import LogRecord
from gearfast.server import logs
from gearfast.server.levels import Level
from gearfast.server.logs import Log, logger
from tests.support.gearfast_process import LOG_LINE

WHEN = 1767323045.123456


def line(level: Level, text: str, thread: str = "proc") -> LogRecord:
    return LogRecord(level, WHEN, thread, text)


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    before = logging.raiseExceptions, logger.propagate, logger.level
    yield
    logging.raiseExceptions, logger.propagate = before[:2]
    logger.setLevel(before[2])


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


class TestLine:
    """The shape of gearmand's lines, without its source positions."""

    @pytest.mark.parametrize(
        ("record", "shown"),
        [
            (line(Level.INFO, "text", "main"), "   INFO 2026-01-02 03:04:05.123456 [  main ] text"),
            (line(Level.FATAL, "text"), "  FATAL 2026-01-02 03:04:05.123456 [  proc ] text"),
            (line(Level.CRITICAL, "text"), "CRITICAL 2026-01-02 03:04:05.123456 [  proc ] text"),
            (line(Level.NOTICE, "text", "1"), " NOTICE 2026-01-02 03:04:05.123456 [     1 ] text"),
            (line(Level.DEBUG, "text", "listener"), "  DEBUG 2026-01-02 03:04:05.123456 [listen ] text"),
            (line(Level.ALERT, "100 %s"), "  ALERT 2026-01-02 03:04:05.123456 [  proc ] 100 %s"),
            (
                line(Level.ERROR, "a\nb\x1b\x7f"),
                r"  ERROR 2026-01-02 03:04:05.123456 [  proc ] a\x0ab\x1b\x7f",
            ),
        ],
    )
    def test_engine_line(self, record: LogRecord, shown: str, tmp_path: Path) -> None:
        path = tmp_path / "log"
        with Log(str(path), Level.DEBUG) as log:
            log.open()
            log.write(record)
        assert path.read_text() == shown + "\n"
        assert LOG_LINE.match(shown)

    def test_own_line(self, tmp_path: Path) -> None:
        path = tmp_path / "log"
        with Log(str(path), Level.DEBUG) as log:
            log.open()
            logger.warning("%d is\nodd", 3)
        assert re.fullmatch(rf"{LOG_LINE.pattern}3 is\\x0aodd\n", path.read_text())
        assert path.read_text().startswith("WARNING ")

    def test_text_that_is_no_text(self, tmp_path: Path) -> None:
        path = tmp_path / "log"
        with Log(str(path), Level.DEBUG) as log:
            log.open()
            log.write(line(Level.INFO, "f\udcff"))
        assert path.read_text().endswith(r"f\udcff" + "\n")


def test_level(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with Log(str(path), Level.NOTICE) as log:
        log.open()
        for level in Level:
            logger.log(level.stdlib, level.name)
    shown = [text.split()[0] for text in path.read_text().splitlines()]
    assert shown == ["FATAL", "ALERT", "CRITICAL", "ERROR", "WARNING", "NOTICE"]


def test_appends(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("before\n")
    with Log(str(path), Level.INFO) as log:
        log.open()
        logger.info("after")
    first, second = path.read_text().splitlines()
    assert first == "before"
    assert second.endswith("after")


@pytest.mark.parametrize(
    ("target", "level", "on_stderr", "in_file"),
    [
        ("stderr", Level.ERROR, ["early warning", "late error"], []),
        ("stderr", Level.INFO, ["early info", "early warning", "late info", "late error"], []),
        ("none", Level.INFO, ["early warning"], []),
        ("log", Level.ERROR, ["early warning"], ["late error"]),
        ("log", Level.INFO, ["early warning"], ["early info", "early warning", "late info", "late error"]),
    ],
)
def test_until_open_warnings_are_shown_and_all_is_kept(
    target: str,
    level: Level,
    on_stderr: list[str],
    in_file: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    with Log(target, level) as log:
        logger.info("early info")
        logger.warning("early warning")
        log.open()
        logger.info("late info")
        logger.error("late error")
    logger.error("after the end")
    written = Path("log").read_text() if in_file else ""
    assert [text.split("] ")[1] for text in capfd.readouterr().err.splitlines()] == on_stderr
    assert [text.split("] ")[1] for text in written.splitlines()] == in_file
    assert [path.name for path in tmp_path.iterdir()] == (["log"] if target == "log" else [])


def test_a_file_that_cannot_be_opened(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with Log(str(tmp_path), Level.INFO) as log:
        log.open()
        logger.info("text")
    complaint, shown = capfd.readouterr().err.splitlines()
    assert (
        complaint == f"gearfast: Cannot open --log-file {tmp_path}: Is a directory; the log goes to stderr."
    )
    assert shown.endswith("text")


def test_reopening_follows_the_name(tmp_path: Path) -> None:
    path, moved = tmp_path / "log", tmp_path / "log.1"
    with Log(str(path), Level.INFO) as log:
        log.open()
        logger.info("first")
        path.rename(moved)
        logger.info("second")
        log.reopen()
        logger.info("third")
    assert [text.split("] ")[1] for text in moved.read_text().splitlines()] == [
        "first",
        "second",
        "Reopening the log file",
    ]
    assert path.read_text().endswith("third\n")


def test_reopening_that_fails_keeps_the_old_file(tmp_path: Path) -> None:
    path, moved = tmp_path / "log", tmp_path / "log.1"
    with Log(str(path), Level.INFO) as log:
        log.open()
        path.rename(moved)
        path.mkdir()
        log.reopen()
        logger.info("after")
    assert "Cannot reopen the log file" in moved.read_text()
    assert moved.read_text().endswith("after\n")


@pytest.mark.parametrize("target", ["stderr", "none"])
def test_k22_reopening_makes_no_file_of_that_name(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with Log(target, Level.INFO) as log:
        log.open()
        log.reopen()
        logger.info("text")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_survived_in_silence(capfd: pytest.CaptureFixture[str]) -> None:
    with Log("/dev/full", Level.INFO) as log:
        log.open()
        logger.info("text")
    assert capfd.readouterr() == ("", "")


class TestSyslog:
    """--syslog is in addition to the log file."""

    def test_lines(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path, file = tmp_path / "syslog", tmp_path / "log"
        monkeypatch.setattr(logs, "SYSLOG_SOCKET", str(path))
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as system:
            system.bind(str(path))
            with Log(str(file), Level.DEBUG, syslog=True) as log:
                log.open()
                for level in Level:
                    log.write(line(level, f"{level.name}\n"))
                received = [system.recv(1000).rstrip(b"\0") for _ in Level]
        facility_user = 1 << 3
        for level, text in zip(Level, received, strict=True):
            assert re.fullmatch(
                rb"<%d>gearfast\[\d+\]: %s\\x0a" % (facility_user + level, level.name.encode()), text
            )
        assert len(file.read_text().splitlines()) == len(Level)

    def test_it_may_come_later(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        path = tmp_path / "syslog"
        monkeypatch.setattr(logs, "SYSLOG_SOCKET", str(path))
        with Log("none", Level.INFO, syslog=True) as log:
            log.open()
            logger.info("lost")
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as system:
                system.bind(str(path))
                logger.info("text")
                assert system.recv(1000).endswith(b": text\0")
        assert (
            capfd.readouterr().err
            == f"gearfast: --syslog: there is no {path}; lines are sent once it is there.\n"
        )
