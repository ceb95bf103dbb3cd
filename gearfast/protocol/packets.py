"""Numbers of the packet types and the limits that servers set.

The numbers are those of gearmand's PROTOCOL file; the limits are what gearmand 1.1 takes without closing.
"""

from __future__ import annotations

from typing import Final

TEXT_LINE: Final = 0
"""What a parser calls a line of the text protocol; no packet has this number."""

CAN_DO: Final = 1
CANT_DO: Final = 2
RESET_ABILITIES: Final = 3
PRE_SLEEP: Final = 4
NOOP: Final = 6
SUBMIT_JOB: Final = 7
JOB_CREATED: Final = 8
GRAB_JOB: Final = 9
NO_JOB: Final = 10
JOB_ASSIGN: Final = 11
WORK_STATUS: Final = 12
WORK_COMPLETE: Final = 13
WORK_FAIL: Final = 14
GET_STATUS: Final = 15
ECHO_REQ: Final = 16
ECHO_RES: Final = 17
SUBMIT_JOB_BG: Final = 18
ERROR: Final = 19
STATUS_RES: Final = 20
SUBMIT_JOB_HIGH: Final = 21
SET_CLIENT_ID: Final = 22
CAN_DO_TIMEOUT: Final = 23
ALL_YOURS: Final = 24
WORK_EXCEPTION: Final = 25
OPTION_REQ: Final = 26
OPTION_RES: Final = 27
WORK_DATA: Final = 28
WORK_WARNING: Final = 29
GRAB_JOB_UNIQ: Final = 30
JOB_ASSIGN_UNIQ: Final = 31
SUBMIT_JOB_HIGH_BG: Final = 32
SUBMIT_JOB_LOW: Final = 33
SUBMIT_JOB_LOW_BG: Final = 34
SUBMIT_JOB_SCHED: Final = 35
SUBMIT_JOB_EPOCH: Final = 36
SUBMIT_REDUCE_JOB: Final = 37
SUBMIT_REDUCE_JOB_BACKGROUND: Final = 38
GRAB_JOB_ALL: Final = 39
JOB_ASSIGN_ALL: Final = 40
GET_STATUS_UNIQUE: Final = 41
STATUS_RES_UNIQUE: Final = 42

PACKET_TYPES: Final = 43
"""One more than the greatest packet number."""

FIXED_ARGUMENTS: Final = (
    *(0, 1, 1, 0, 0, 0, 0, 2, 1, 0, 0, 2, 3, 1, 1, 1, 0, 0, 2, 2, 5, 2, 1, 2, 0, 1, 1, 1, 1, 1),
    *(0, 3, 2, 2, 2, 7, 3, 4, 4, 0, 4, 1, 6),
)
"""By packet number: arguments in front of the data, or in all where a type has no data."""

WITH_DATA: Final = frozenset(
    (
        *(SUBMIT_JOB, JOB_ASSIGN, WORK_COMPLETE, ECHO_REQ, ECHO_RES, SUBMIT_JOB_BG, SUBMIT_JOB_HIGH),
        *(WORK_EXCEPTION, WORK_DATA, WORK_WARNING, JOB_ASSIGN_UNIQ, SUBMIT_JOB_HIGH_BG, SUBMIT_JOB_LOW),
        *(SUBMIT_JOB_LOW_BG, SUBMIT_JOB_SCHED, SUBMIT_JOB_EPOCH, SUBMIT_REDUCE_JOB),
        *(SUBMIT_REDUCE_JOB_BACKGROUND, JOB_ASSIGN_ALL),
    )
)
"""The types whose last argument is data, which may hold any bytes."""

HEADER_SIZE: Final = 12
ARGUMENT_MAX: Final = 8191
UNIQUE_MAX: Final = 64
HANDLE_MAX: Final = 63
BODY_MAX: Final = 2**32 - 1
LINE_MAX: Final = 1 << 20
"""Longest line of the text protocol that is taken from a server: listings of functions have long lines."""
