"""Why gearfast did not start or did not go on, and the exit code that tells it."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Every exit code of the server; the numbers are those of sysexits.h where it has one."""

    OK = 0
    FAILURE = 1  # the server was killed while it started, or its threads did not stop
    USAGE = 64  # a wrong option or value on the command line or in the environment
    DATA = 65  # a file that is not what it should be
    NO_INPUT = 66  # a file that cannot be read
    NO_USER = 67  # --user names nobody
    NO_HOST = 68  # an address of --listen cannot be resolved
    UNAVAILABLE = 69  # an address is in use or is not of this machine
    OS_ERROR = 71  # the system refuses a resource: descriptors, processes, memory
    STORE = 74  # the store of background jobs cannot be opened
    CANNOT_CREATE = 73  # the pid file or a Unix socket cannot be made
    NO_PERMISSION = 77  # a port, limit or user that needs root
    CONFIG = 78  # the configuration file cannot be read or has a wrong option or value
    INTERRUPTED = 130  # stopped before it served, or a second SIGTERM or SIGINT cut the ordered stop short


class ServerError(Exception):
    """One line for the user: what is wrong and how to mend it."""

    def __init__(self, code: ExitCode, text: str) -> None:
        super().__init__(text)
        self.code = code
