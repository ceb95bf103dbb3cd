"""docs/examples/gearfast.service: options that the server takes, and a sandbox as SECURITY.md tells."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.child import ROOT
from tests.support.gearfast_process import run_gearfast

UNIT = ROOT / "docs" / "examples" / "gearfast.service"
PROGRAM = "/opt/gearfast/bin/gearfast"


def analyze(verb: str, *arguments: str) -> str:
    """What systemd-analyze says; it must not fail."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed")
    done = subprocess.run(
        [program, verb, *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_server_takes_its_options() -> None:
    unit = UNIT.read_text().replace("\\\n", " ")
    [command] = re.findall(r"^ExecStart=(.*)$", unit, re.MULTILINE)
    program, *options = command.split()
    assert program == PROGRAM
    done = run_gearfast("--check-args", *options)
    assert (done.returncode, done.stderr) == (0, "")


def test_systemd_understands_it(tmp_path: Path) -> None:
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace(PROGRAM, sys.executable))
    assert analyze("verify", str(unit)) == ""


def test_its_exposure_is_what_security_md_says() -> None:
    told = analyze("security", "--offline=true", str(UNIT))
    [exposure] = re.findall(r"Overall exposure level for gearfast.service: ([\d.]+)", told)
    assert "rates its exposure below 2 of 10" in (ROOT / "SECURITY.md").read_text()
    assert float(exposure) < 2
