"""Scenarios run under callgrind, which counts instructions: the same on a busy machine and an idle one."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.instructions.scenarios import Scenario
from benchmarks.programs import BUILT, ROOT, compiled, compiler

HERE = Path(__file__).parent
PROFILES = BUILT / "callgrind"
DEADLINE_SECONDS = 300

# Nothing that a distribution or setup.py may choose otherwise.
FLAGS = ["-std=gnu11", "-pthread", "-O2", "-g1", "-fno-lto", "-fno-stack-protector", "-fno-pie", "-no-pie"]
FLAGS += ["-U_FORTIFY_SOURCE", "-DNDEBUG"]
# The C library would choose its memcpy after the processor.
ENVIRONMENT = {"LC_ALL": "C", "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-AVX2_Usable,-ERMS"}


@dataclass(frozen=True)
class Toolchain:
    """What counts depend on besides the sources."""

    compiler: str  # "gcc 12.2.0"
    libc: str  # "glibc 2.36"
    machine: str  # "x86_64"

    def is_like(self, other: Toolchain) -> bool:
        """Whether counts of both can be compared; a compiler's minor version does not matter."""
        return (self.major(), self.libc, self.machine) == (other.major(), other.libc, other.machine)

    def major(self) -> str:
        return self.compiler.partition(".")[0]

    def __str__(self) -> str:
        return f"{self.compiler}, {self.libc}, {self.machine}"


def toolchain() -> Toolchain:
    """That of this machine. Raises CalledProcessError, RuntimeError."""
    command = [compiler(), "--version"]
    banner = subprocess.run(command, capture_output=True, text=True, check=True).stdout.partition("\n")[0]
    versions = re.findall(r"\d+\.\d+\.\d+", banner)
    if not versions:
        raise RuntimeError(f"{compiler()} does not say its version: {banner}")
    name = "clang" if "clang" in banner else "gcc"
    return Toolchain(f"{name} {versions[-1]}", " ".join(platform.libc_ver()), platform.machine())


def count_all(scenarios: Iterable[Scenario]) -> dict[str, float]:
    """Instructions for one thing, by the scenario's name. Raises RuntimeError, CalledProcessError."""
    drivers = [ROOT / "benchmarks" / "native" / name for name in ("drive_core.c", "drive_parts.c")]
    units = [HERE / "counted.c", *drivers, *sorted((ROOT / "csrc").glob("*.c"))]
    counted = compiled(BUILT / "counted", units, [drivers[0].with_name("drive.h"), Path(__file__)], FLAGS)
    return {scenario.name: _count(counted, scenario) for scenario in scenarios}


def _count(counted: Path, scenario: Scenario) -> float:
    PROFILES.mkdir(parents=True, exist_ok=True)
    profile = PROFILES / re.sub(r"[^a-z0-9]+", "-", scenario.name.replace(",", "").lower())
    callgrind = ["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={profile}"]
    done = subprocess.run(
        [*callgrind, "--quiet", str(counted), *scenario.arguments()],
        env={"PATH": os.defpath, **ENVIRONMENT},
        capture_output=True,
        text=True,
        check=False,
        timeout=DEADLINE_SECONDS,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{scenario.name}: {done.stderr.strip()}")
    total = re.search(r"^totals: (\d+)$", profile.read_text(), re.MULTILINE)
    if total is None or int(total[1]) == 0:
        raise RuntimeError(f"{scenario.name}: {profile} holds no count")
    return round(int(total[1]) / int(done.stdout), 1)
