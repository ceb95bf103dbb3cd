"""One well-formed packet of each of the 42 types, as a request."""

from __future__ import annotations


def _packet(*parts: bytes) -> bytes:
    return b"".join(parts)


PACKETS = [
    _packet(b"\0REQ", b"\0\0\0\x01", b"\0\0\0\x04", b"task"),  # CAN_DO
    _packet(b"\0REQ", b"\0\0\0\x02", b"\0\0\0\x04", b"task"),  # CANT_DO
    _packet(b"\0REQ", b"\0\0\0\x03", b"\0\0\0\0"),  # RESET_ABILITIES
    _packet(b"\0REQ", b"\0\0\0\x04", b"\0\0\0\0"),  # PRE_SLEEP
    _packet(b"\0REQ", b"\0\0\0\x05", b"\0\0\0\0"),  # UNUSED
    _packet(b"\0REQ", b"\0\0\0\x06", b"\0\0\0\0"),  # NOOP
    _packet(b"\0REQ", b"\0\0\0\x07", b"\0\0\0\x0b", b"task\0k1\0abc"),  # SUBMIT_JOB
    _packet(b"\0REQ", b"\0\0\0\x08", b"\0\0\0\x08", b"H:test:1"),  # JOB_CREATED
    _packet(b"\0REQ", b"\0\0\0\x09", b"\0\0\0\0"),  # GRAB_JOB
    _packet(b"\0REQ", b"\0\0\0\x0a", b"\0\0\0\0"),  # NO_JOB
    _packet(b"\0REQ", b"\0\0\0\x0b", b"\0\0\0\x11", b"H:test:1\0task\0abc"),  # JOB_ASSIGN
    _packet(b"\0REQ", b"\0\0\0\x0c", b"\0\0\0\x0d", b"H:test:1\0", b"3\0", b"10"),  # WORK_STATUS
    _packet(b"\0REQ", b"\0\0\0\x0d", b"\0\0\0\x0c", b"H:test:1\0abc"),  # WORK_COMPLETE
    _packet(b"\0REQ", b"\0\0\0\x0e", b"\0\0\0\x08", b"H:test:1"),  # WORK_FAIL
    _packet(b"\0REQ", b"\0\0\0\x0f", b"\0\0\0\x08", b"H:test:1"),  # GET_STATUS
    _packet(b"\0REQ", b"\0\0\0\x10", b"\0\0\0\x03", b"abc"),  # ECHO_REQ
    _packet(b"\0REQ", b"\0\0\0\x11", b"\0\0\0\x03", b"abc"),  # ECHO_RES
    _packet(b"\0REQ", b"\0\0\0\x12", b"\0\0\0\x0b", b"task\0k1\0abc"),  # SUBMIT_JOB_BG
    _packet(b"\0REQ", b"\0\0\0\x13", b"\0\0\0\x09", b"CODE\0text"),  # ERROR
    _packet(
        b"\0REQ", b"\0\0\0\x14", b"\0\0\0\x11", b"H:test:1\0", b"1\0", b"1\0", b"3\0", b"10"
    ),  # STATUS_RES
    _packet(b"\0REQ", b"\0\0\0\x15", b"\0\0\0\x0b", b"task\0k1\0abc"),  # SUBMIT_JOB_HIGH
    _packet(b"\0REQ", b"\0\0\0\x16", b"\0\0\0\x02", b"me"),  # SET_CLIENT_ID
    _packet(b"\0REQ", b"\0\0\0\x17", b"\0\0\0\x09", b"task\0", b"1000"),  # CAN_DO_TIMEOUT
    _packet(b"\0REQ", b"\0\0\0\x18", b"\0\0\0\0"),  # ALL_YOURS
    _packet(b"\0REQ", b"\0\0\0\x19", b"\0\0\0\x0c", b"H:test:1\0abc"),  # WORK_EXCEPTION
    _packet(b"\0REQ", b"\0\0\0\x1a", b"\0\0\0\x0a", b"exceptions"),  # OPTION_REQ
    _packet(b"\0REQ", b"\0\0\0\x1b", b"\0\0\0\x0a", b"exceptions"),  # OPTION_RES
    _packet(b"\0REQ", b"\0\0\0\x1c", b"\0\0\0\x0c", b"H:test:1\0abc"),  # WORK_DATA
    _packet(b"\0REQ", b"\0\0\0\x1d", b"\0\0\0\x0c", b"H:test:1\0abc"),  # WORK_WARNING
    _packet(b"\0REQ", b"\0\0\0\x1e", b"\0\0\0\0"),  # GRAB_JOB_UNIQ
    _packet(b"\0REQ", b"\0\0\0\x1f", b"\0\0\0\x14", b"H:test:1\0task\0k1\0abc"),  # JOB_ASSIGN_UNIQ
    _packet(b"\0REQ", b"\0\0\0\x20", b"\0\0\0\x0b", b"task\0k1\0abc"),  # SUBMIT_JOB_HIGH_BG
    _packet(b"\0REQ", b"\0\0\0\x21", b"\0\0\0\x0b", b"task\0k1\0abc"),  # SUBMIT_JOB_LOW
    _packet(b"\0REQ", b"\0\0\0\x22", b"\0\0\0\x0b", b"task\0k1\0abc"),  # SUBMIT_JOB_LOW_BG
    _packet(
        b"\0REQ", b"\0\0\0\x23", b"\0\0\0\x14", b"task\0k1\0", b"0\0", b"0\0", b"1\0", b"1\0\0abc"
    ),  # SUBMIT_JOB_SCHED
    _packet(b"\0REQ", b"\0\0\0\x24", b"\0\0\0\x16", b"task\0k1\0", b"1000000000\0abc"),  # SUBMIT_JOB_EPOCH
    _packet(b"\0REQ", b"\0\0\0\x25", b"\0\0\0\x10", b"task\0k1\0red\0\0abc"),  # SUBMIT_REDUCE_JOB
    _packet(b"\0REQ", b"\0\0\0\x26", b"\0\0\0\x10", b"task\0k1\0red\0\0abc"),  # SUBMIT_REDUCE_JOB_BACKGROUND
    _packet(b"\0REQ", b"\0\0\0\x27", b"\0\0\0\0"),  # GRAB_JOB_ALL
    _packet(b"\0REQ", b"\0\0\0\x28", b"\0\0\0\x18", b"H:test:1\0task\0k1\0red\0abc"),  # JOB_ASSIGN_ALL
    _packet(b"\0REQ", b"\0\0\0\x29", b"\0\0\0\x02", b"k1"),  # GET_STATUS_UNIQUE
    _packet(
        b"\0REQ", b"\0\0\0\x2a", b"\0\0\0\x0d", b"k1\0", b"1\0", b"1\0", b"3\0", b"10\0", b"2"
    ),  # STATUS_RES_UNIQUE
]
