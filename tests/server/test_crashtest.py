"""`gearfast crashtest`: a store keeps what was acknowledged, memory does not."""

from __future__ import annotations

import subprocess
from pathlib import Path

from gearfast.crashtest.ledger import Ledger, Summary
from gearfast.server.errors import ExitCode
from tests.support.gearfast_process import run_gearfast

SHORT = ("--rounds", "3", "--seconds", "0.5")
QUIET = ("--", "--config-file", "/dev/null")


def crashtest(*options: str) -> subprocess.CompletedProcess[str]:
    return run_gearfast("crashtest", *SHORT, *QUIET, *options)


def test_nothing_is_lost_with_a_store(tmp_path: Path) -> None:
    result = crashtest("-q", "libsqlite3", "--libsqlite3-db", str(tmp_path / "queue.db"))
    assert result.returncode == ExitCode.OK, result.stdout + result.stderr
    *rounds, end = result.stdout.splitlines()
    assert len(rounds) == 3
    assert end.endswith("; 0 lost")


def test_without_one_everything_that_waits_is_lost() -> None:
    result = run_gearfast("crashtest", "--rounds", "5", "--seconds", "1", "--workers", "0", *QUIET)
    assert result.returncode == ExitCode.FAILURE
    assert not result.stdout.endswith("; 0 lost\n")


def test_a_server_that_does_not_start() -> None:
    result = crashtest("--bogus")
    assert result.returncode == ExitCode.FAILURE
    assert "The server did not start: exit code 64." in result.stderr


def test_the_ledger_counts() -> None:
    ledger = Ledger()
    first, second, third, _ = ledger.submit(4)
    ledger.acknowledge([first, second])
    ledger.refuse(1)
    for number in (second, second, third):
        ledger.work(number)
    assert ledger.summary() == Summary(submitted=4, refused=1, acknowledged=2, worked=2, lost=1, repeated=1)
