"""What a forked process does before its work: it lets go of its parent's signals, and will die with it."""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Callable, Iterable
from multiprocessing.connection import Connection

Target = Callable[[Connection], None]
"""What a process is for; the connection takes a `Report`."""

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def begin(
    target: Target, channel: Connection, output: int | None, resets: Iterable[signal.Signals], parent: int
) -> None:
    """Run the target, with stdout and stderr going to `output` if there is one.

    Called with all signals blocked, so that none finds the parent's handlers here.
    """
    die_with(parent)
    signal.set_wakeup_fd(-1)
    for number in resets:
        signal.signal(number, signal.SIG_DFL)
    # A Ctrl-C on the terminal is for the parent, which stops all in order. Who is not in the foreground must
    # not read from the terminal either.
    os.setpgid(0, 0)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    if output is not None:
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.close(output)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    target(channel)


def die_with(parent: int) -> None:
    """Have the system kill this process when its parent ends, even by SIGKILL: nobody would stop it later."""
    if _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "cannot ask for a signal at the parent's death")
    if os.getppid() != parent:
        os._exit(1)
