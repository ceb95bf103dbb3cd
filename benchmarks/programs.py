"""The C programs of the benchmarks, compiled when their sources are younger.

python -m benchmarks.programs     compile all
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILT = ROOT / "build" / "benchmarks"
NAMES = ("load", "floor")

FLAGS = ["-std=gnu11", "-O2", "-g1", "-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-pthread"]


def program(name: str) -> Path:
    """The path of `load` or `floor`, compiled from the folder of that name. Raises CalledProcessError."""
    target = BUILT / name
    folder = ROOT / "benchmarks" / name
    units = sorted(folder.glob("*.c"))
    inputs = [*units, *folder.glob("*.h"), *(ROOT / "csrc").glob("*.h"), Path(__file__)]
    if not target.exists() or target.stat().st_mtime < max(path.stat().st_mtime for path in inputs):
        _compile(units, target)
    return target


def _compile(units: list[Path], target: Path) -> None:
    """Into a name of its own first: others may run or compile the program at the same time."""
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(f".{os.getpid()}")
    compiler = shlex.split(sysconfig.get_config_var("CC") or "cc")[:1]
    sources = map(str, units)
    command = [*compiler, *FLAGS, f"-I{ROOT / 'csrc'}", *sources, "-lm", "-o", str(unfinished)]
    subprocess.run(command, check=True)
    unfinished.rename(target)


if __name__ == "__main__":
    for each in NAMES:
        print(program(each))
