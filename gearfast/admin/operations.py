"""What can be asked: one entry for each option of `gearfast admin` that sends a command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gearfast.admin.connection import AdminConnection, Ending
from gearfast.admin.records import (
    parse_counts,
    parse_done,
    parse_jobs,
    parse_limits,
    parse_line,
    parse_number,
    parse_priorities,
    parse_reasons,
    parse_status,
    parse_uniques,
    parse_workers,
)


@dataclass(frozen=True)
class Operation:
    """A text command, sent with its argument behind it, if it takes one.

    `parse` makes records of the reply. It raises AnswerError for an ERR line, ProtocolError for what can't be
    a reply. `changes` tells that asking twice is not the same as asking once, unless the argument
    is one of `looks`.
    """

    option: str
    command: bytes
    help: str
    ending: Ending
    parse: Callable[[bytes], Any]
    argument: str = ""
    changes: bool = False
    looks: tuple[bytes, ...] = ()

    @property
    def name(self) -> str:
        """The key of its answer in JSON."""
        return self.option.removeprefix("--").replace("-", "_")

    def ask(self, connection: AdminConnection, argument: bytes = b"") -> bytes:
        """The reply as the server sends it. Raises what AdminConnection.ask does."""
        command = self.command + b" " + argument if self.argument else self.command
        return connection.ask(command, self.ending)


GETPID = Operation("--getpid", b"getpid", "Process id of the server.", Ending.LINE, parse_number)
CREATE_FUNCTION = Operation(
    "--create-function",
    b"create function",
    "Create a function.",
    Ending.LINE,
    parse_done,
    argument="NAME",
    changes=True,
)
DROP_FUNCTION = Operation(
    "--drop-function",
    b"drop function",
    "Drop a function and its waiting jobs, in any case of letters.",
    Ending.MARKER,  # a line for each function that has this name in some case of letters
    parse_done,
    argument="NAME",
    changes=True,
)
SHOW_JOBS = Operation(
    "--show-jobs",
    b"show jobs",
    "All jobs: handle, times given back, ignored, queued.",
    Ending.MARKER,
    parse_jobs,
)
SHOW_UNIQUE_JOBS = Operation(
    "--show-unique-jobs",
    b"show unique jobs",
    "The unique keys of all jobs.",
    Ending.MARKER,
    parse_uniques,
)
CANCEL_JOB = Operation(
    "--cancel-job",
    b"cancel job",
    "Cancel a job; its clients hear that it failed.",
    Ending.LINE,
    parse_done,
    argument="HANDLE",
    changes=True,
)
SERVER_VERBOSE = Operation(
    "--server-verbose", b"verbose", "Log level of the server.", Ending.LINE, parse_line
)
SERVER_VERSION = Operation("--server-version", b"version", "Version of the server.", Ending.LINE, parse_line)
SHOW_STORE = Operation(
    "--show-store",
    b"show store",
    "What the store of background jobs does, and how many records are on the way to it (gearfast only).",
    Ending.LINE,
    parse_line,
)
LIMITS = Operation(
    "--limits",
    b"show limits",
    "Limits: value (0: none), how much of it is used, how many were refused (gearfast only).",
    Ending.MARKER,
    parse_limits,
)
EXPLAIN = Operation(
    "--explain",
    b"explain",
    "Why a job does not run, or what a function's jobs wait for (gearfast only).",
    Ending.MARKER,
    parse_reasons,
    argument="HANDLE|FUNCTION",
)
SHOW_COUNTS = Operation(
    "--show-counts",
    b"show counts",
    "Functions: jobs ever submitted, and those of them that have ended (gearfast only).",
    Ending.MARKER,
    parse_counts,
)
WORKERS = Operation(
    "--workers",
    b"workers",
    "All connections: descriptor, address, id and functions.",
    Ending.MARKER,
    parse_workers,
)
PRIORITY_STATUS = Operation(
    "--priority-status",
    b"prioritystatus",
    "Functions: waiting jobs of high, normal and low priority, workers.",
    Ending.MARKER,
    parse_priorities,
)
STATUS = Operation(
    "--status",
    b"status",
    "Functions: jobs in all, running jobs, workers.",
    Ending.MARKER,
    parse_status,
)
RECORD = Operation(
    "--record",
    b"record",
    "Start or stop a recording on the server, or tell of it (gearfast --record-dir).",
    Ending.LINE,
    parse_line,
    argument="start NAME|stop|status",
    changes=True,
    looks=(b"status",),
)
SHUTDOWN = Operation(
    "--shutdown",
    b"shutdown",
    "Stop the server at once, if it allows that (gearfast --allow-shutdown).",
    Ending.LINE,
    parse_done,
    changes=True,
)
SHUTDOWN_GRACEFUL = Operation(
    "--shutdown-graceful",
    b"shutdown graceful",
    "Stop the server when no job is left, if it allows that.",
    Ending.LINE,
    parse_done,
    changes=True,
)

OPERATIONS: tuple[Operation, ...] = (
    *(GETPID, CREATE_FUNCTION, DROP_FUNCTION, SHOW_JOBS, SHOW_UNIQUE_JOBS, CANCEL_JOB),
    *(SERVER_VERBOSE, SERVER_VERSION, SHOW_STORE, SHOW_COUNTS, LIMITS, EXPLAIN),
    *(WORKERS, PRIORITY_STATUS, STATUS),
    *(RECORD, SHUTDOWN_GRACEFUL, SHUTDOWN),
)
"""All of them, in the order in which they are carried out: that of gearadmin, and shutdown at the end."""
