"""Going to the background, with the start's outcome in the exit code of the command that was typed.

The parent waits until the child serves or has ended. Until then the child keeps stdout and stderr, so whoever
typed the command sees its errors. Nothing with a thread, an epoll or an eventfd may exist before the fork.
"""

from __future__ import annotations

import os
import sys

from gearfast.complaint import complain
from gearfast.server.errors import ExitCode


def hold_standard_descriptors() -> None:
    """Open those of 0, 1 and 2 that the caller has closed, lest a connection gets the number of stderr."""
    descriptor = os.open(os.devnull, os.O_RDWR)
    while descriptor <= 2:
        descriptor = os.dup(descriptor)
    os.close(descriptor)


class Background:
    """The child's duty to tell the waiting parent."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe

    def serving(self) -> None:
        """Let go of the terminal and let the parent exit 0."""
        sys.stdout.flush()
        sys.stderr.flush()
        _to_null(1, 2)
        os.write(self._pipe, b".")
        os.close(self._pipe)


def detach() -> Background:
    """Fork. Returns in the child, which leads its own session; the parent exits as the child's start ends."""
    sys.stdout.flush()
    sys.stderr.flush()
    reader, writer = os.pipe()
    child = os.fork()
    if child:
        os.close(writer)
        # No clean-up: sockets and files belong to the child now. A signal that stops the parent reaches the
        # child too, through the socket pair of Signals that both share.
        os._exit(_outcome(child, reader))
    os.close(reader)
    os.setsid()
    _to_null(0)
    return Background(writer)


def _outcome(child: int, reader: int) -> int:
    if os.read(reader, 1):
        return ExitCode.OK
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        complain(f"The server was killed by signal {-code} while it started.")
        return ExitCode.FAILURE
    return code or ExitCode.INTERRUPTED


def _to_null(*descriptors: int) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in descriptors:
        os.dup2(null, descriptor)
    os.close(null)
