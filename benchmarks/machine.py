"""What a measurement must say of itself: where, when, with which versions, and how it was started."""

from __future__ import annotations

import os
import platform
import shlex
import sys
from collections.abc import Sequence
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


def _versions(servers: Sequence[Server]) -> str:
    others = [server for server in servers if server.product != "floor" and server.keeps_in is None]
    versions = {server.product: server.version() for server in others}
    return ", ".join(f"{product} {version}" for product, version in versions.items())


def describe(servers: Sequence[Server], is_quick: bool) -> str:
    """A Markdown list."""
    load = os.getloadavg()[0]
    command = shlex.join(["python", "-m", "benchmarks.side_by_side", *sys.argv[1:]])
    extent = "quick: fewer jobs, for orientation only" if is_quick else "full"
    return "\n".join(
        [
            f"- {date.today().isoformat()}, {extent}, with a load of {load:.1f} before it; `{command}`",
            f"- {os.cpu_count()} cores ({_processor()}), {_memory_gib():.0f} GiB, {_system()}",
            f"- {_versions(servers)}",
        ]
    )
