"""The C programs of the benchmarks, compiled when their sources are younger.

python -m benchmarks.programs     compile all
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sysconfig
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILT = ROOT / "build" / "benchmarks"
NAMES = ("answer", "floor", "load")

FLAGS = ["-std=gnu11", "-O2", "-g1", "-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-pthread"]


def program(name: str) -> Path:
    """The path of one of NAMES, compiled from the folder of that name. Raises CalledProcessError."""
    folder = ROOT / "benchmarks" / name
    return compiled(BUILT / name, sorted(folder.glob("*.c")), [*folder.glob("*.h"), Path(__file__)], FLAGS)


def compiled(target: Path, units: Sequence[Path], others: Sequence[Path], flags: Sequence[str]) -> Path:
    """`target`, compiled if it is older than its units or the others. Raises CalledProcessError."""
    inputs = [*units, *others, *(ROOT / "csrc").glob("*.h")]
    if not target.exists() or target.stat().st_mtime < max(path.stat().st_mtime for path in inputs):
        _compile(units, target, flags)
    return target


def compiler() -> str:
    """The C compiler that Python was built with."""
    return shlex.split(sysconfig.get_config_var("CC") or "cc")[0]


def _compile(units: Sequence[Path], target: Path, flags: Sequence[str]) -> None:
    """Into a name of its own first: others may run or compile the program at the same time."""
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(f".{os.getpid()}")
    sources = map(str, units)
    command = [compiler(), *flags, f"-I{ROOT / 'csrc'}", *sources, "-lm", "-o", str(unfinished)]
    subprocess.run(command, check=True)
    unfinished.rename(target)


if __name__ == "__main__":
    for each in NAMES:
        print(program(each))
