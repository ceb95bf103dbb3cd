"""The ERROR packets that are told more than once."""

from __future__ import annotations


def _packet(*parts: bytes) -> bytes:
    return b"".join(parts)


RESULT_FOR_NO_JOB = _packet(
    b"\0RES", b"\0\0\0\x13", b"\0\0\0\x30", b"JOB_NOT_FOUND\0Job given in work result not found"
)
DATA_FOR_NO_JOB = _packet(
    b"\0RES", b"\0\0\0\x13", b"\0\0\0\x2a", b"JOB_NOT_FOUND\0Job does not exist on server"
)
EXCEPTION_FOR_NO_JOB = _packet(
    b"\0RES",
    b"\0\0\0\x13",
    b"\0\0\0\x45",
    b"JOB_NOT_FOUND\0An exception was received for a job that does not exist",
)
QUEUE_FULL = _packet(b"\0RES", b"\0\0\0\x13", b"\0\0\0\x1d", b"QUEUE_ERROR\0Job queue is full")
UNIQUE_TOO_LARGE = _packet(
    b"\0RES", b"\0\0\0\x13", b"\0\0\0\x29", b"ARGUMENT_TOO_LARGE\0Unique value too large"
)
UNKNOWN_OPTION = _packet(
    b"\0RES", b"\0\0\0\x13", b"\0\0\0\x35", b"UNKNOWN_OPTION\0Server does not recognize given option"
)
NOT_EXPECTED = _packet(b"\0RES", b"\0\0\0\x13", b"\0\0\0\x24", b"INVALID_COMMAND\0Command not expected")
REQUEST_MAGIC_EXPECTED = _packet(
    b"\0RES", b"\0\0\0\x13", b"\0\0\0\x24", b"INVALID_MAGIC\0Request magic expected"
)
HANDLE_TOO_LONG = _packet(
    b"\0RES",
    b"\0\0\0\x13",
    b"\0\0\0\x5f",
    b"ARGUMENT_TOO_LARGE\0",
    b"Error occurred due to GEARMAND_JOB_HANDLE_SIZE being too small from snprintf",
)
