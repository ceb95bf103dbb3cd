"""Limits of the process: open files and core dumps."""

from __future__ import annotations

import ctypes
import resource

from gearfast.server.errors import ExitCode, ServerError

_PR_SET_DUMPABLE = 4


def set_descriptor_limit(wanted: int | None) -> int:
    """Allow `wanted` open files, or as many as the hard limit allows; returns the limit now in force."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    soft = hard if wanted is None else wanted
    if hard != resource.RLIM_INFINITY:
        hard = max(soft, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    except (OSError, ValueError):
        text = (
            f"--file-descriptors {soft} is more than the system allows; lower it, or raise the limit as root."
        )
        raise ServerError(ExitCode.NO_PERMISSION, text) from None
    return soft


def allow_core_dumps() -> None:
    """Let a crash leave a core file; a change of user has switched that off, so call this after it."""
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)
