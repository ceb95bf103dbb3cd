"""What a measurement must say of itself: where, when, with which versions, and how it was started."""

from __future__ import annotations

import os
import platform
import shlex
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from benchmarks.servers import Server


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _memory_gib() -> float:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30


def _system() -> str:
    try:
        name = platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        name = platform.system()
    return f"{name}, Linux {platform.release()}"


def versions(servers: Sequence[Server]) -> dict[str, str]:
    """Of each product."""
    others = [server for server in servers if server.product != "floor" and server.keeps_in is None]
    return {server.product: server.version() for server in others}


def describe(module: str, is_quick: bool, versions: Mapping[str, str]) -> str:
    """A Markdown list."""
    load = os.getloadavg()[0]
    command = shlex.join(["python", "-m", module, *sys.argv[1:]])
    extent = "quick: fewer jobs, for orientation only" if is_quick else "full"
    return "\n".join(
        [
            f"- {date.today().isoformat()}, {extent}, with a load of {load:.1f} before it; `{command}`",
            f"- {os.cpu_count()} cores ({_processor()}), {_memory_gib():.0f} GiB, {_system()},"
            f" Python {platform.python_version()}",
            f"- {', '.join(f'{name} {version}' for name, version in versions.items())}",
        ]
    )
