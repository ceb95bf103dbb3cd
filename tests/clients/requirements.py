"""Programs a machine may lack: without them a scenario is skipped, but in CI it fails."""

from __future__ import annotations

import os
import subprocess

import pytest


def require(present: bool, reason: str) -> None:
    """Skip the test with this reason unless present; CI installs everything, so there it fails."""
    if present:
        return
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def succeeds(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0
    except FileNotFoundError:
        return False
