"""The ERROR packets: code, text."""

from __future__ import annotations

from tests.core.rules.world import Connection, World
from tests.protocol.wire import ERROR

Refusal = tuple[bytes, bytes]

NOT_EXPECTED = (b"INVALID_COMMAND", b"Command not expected")
UNIQUE_TOO_LARGE = (b"ARGUMENT_TOO_LARGE", b"Unique value too large")
HANDLE_TOO_LARGE = (
    b"ARGUMENT_TOO_LARGE",
    b"Error occurred due to GEARMAND_JOB_HANDLE_SIZE being too small from snprintf",
)
QUEUE_FULL = (b"QUEUE_ERROR", b"Job queue is full")
UNKNOWN_OPTION = (b"UNKNOWN_OPTION", b"Server does not recognize given option")
NO_JOB_FOR_DATA = (b"JOB_NOT_FOUND", b"Job does not exist on server")
NO_JOB_FOR_RESULT = (b"JOB_NOT_FOUND", b"Job given in work result not found")
NO_JOB_FOR_EXCEPTION = (b"JOB_NOT_FOUND", b"An exception was received for a job that does not exist")
BAD_TIMEOUT = (b"INVALID_ARGUMENT", b"Time-out is not a number of milliseconds")
BAD_TIME = (b"INVALID_ARGUMENT", b"Time is not a number of seconds that fits 64 bits")
BAD_SCHEDULE = (b"INVALID_ARGUMENT", b"Schedule has a field out of range")


def memory_full(limit: int) -> Refusal:
    return b"QUEUE_ERROR", b"Server has reached its --memory-limit of %d bytes" % limit


def functions_full(limit: int) -> Refusal:
    return b"QUEUE_ERROR", b"Server has reached its --max-functions of %d" % limit


def uniques_full(limit: int) -> Refusal:
    return b"QUEUE_ERROR", b"Server has reached its --max-uniques of %d" % limit


def refuse(world: World, who: Connection, refusal: Refusal) -> None:
    world.send(who, ERROR, *refusal)
