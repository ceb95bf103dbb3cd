"""Say in one line what this machine lacks to build gearfast; exit 1 if it lacks anything."""

from __future__ import annotations

import importlib.util
import shlex
import shutil
import sys
import sysconfig
from pathlib import Path


def missing() -> list[tuple[str, str]]:
    """What is missing, each with the Debian package that brings it."""
    compiler = shlex.split(sysconfig.get_config_var("CC") or "cc")[0]
    header = Path(sysconfig.get_path("include"), "Python.h")
    wanted = [
        (sys.version_info >= (3, 10), "Python 3.10 or newer", "python3"),
        (importlib.util.find_spec("ensurepip") is not None, "the module venv", "python3-venv"),
        (header.exists(), str(header), "python3-dev"),
        (shutil.which(compiler) is not None, f"the C compiler {compiler}", "gcc"),
    ]
    return [(what, package) for present, what, package in wanted if not present]


def main() -> int:
    """Report on standard error."""
    lacks = missing()
    if not lacks:
        return 0
    names = ", ".join(what for what, _ in lacks)
    packages = " ".join(package for _, package in lacks)
    print(f"gearfast cannot be built without {names}: apt-get install {packages}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
