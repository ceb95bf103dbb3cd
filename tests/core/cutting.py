"""How the bodies of the packet types are cut into arguments, from the protocol text alone."""

from __future__ import annotations

from typing import NamedTuple

from tests.protocol import wire

# Packet type to the number of fixed arguments and whether data follows them.
FORMS: dict[int, tuple[int, bool]] = {
    wire.CAN_DO: (1, False),
    wire.CANT_DO: (1, False),
    wire.RESET_ABILITIES: (0, False),
    wire.PRE_SLEEP: (0, False),
    wire.UNUSED: (0, False),
    wire.NOOP: (0, False),
    wire.SUBMIT_JOB: (2, True),
    wire.JOB_CREATED: (1, False),
    wire.GRAB_JOB: (0, False),
    wire.NO_JOB: (0, False),
    wire.JOB_ASSIGN: (2, True),
    wire.WORK_STATUS: (3, False),
    wire.WORK_COMPLETE: (1, True),
    wire.WORK_FAIL: (1, False),
    wire.GET_STATUS: (1, False),
    wire.ECHO_REQ: (0, True),
    wire.ECHO_RES: (0, True),
    wire.SUBMIT_JOB_BG: (2, True),
    wire.ERROR: (2, False),
    wire.STATUS_RES: (5, False),
    wire.SUBMIT_JOB_HIGH: (2, True),
    wire.SET_CLIENT_ID: (1, False),
    wire.CAN_DO_TIMEOUT: (2, False),
    wire.ALL_YOURS: (0, False),
    wire.WORK_EXCEPTION: (1, True),
    wire.OPTION_REQ: (1, False),
    wire.OPTION_RES: (1, False),
    wire.WORK_DATA: (1, True),
    wire.WORK_WARNING: (1, True),
    wire.GRAB_JOB_UNIQ: (0, False),
    wire.JOB_ASSIGN_UNIQ: (3, True),
    wire.SUBMIT_JOB_HIGH_BG: (2, True),
    wire.SUBMIT_JOB_LOW: (2, True),
    wire.SUBMIT_JOB_LOW_BG: (2, True),
    wire.SUBMIT_JOB_SCHED: (7, True),
    wire.SUBMIT_JOB_EPOCH: (3, True),
    wire.SUBMIT_REDUCE_JOB: (4, True),
    wire.SUBMIT_REDUCE_JOB_BACKGROUND: (4, True),
    wire.GRAB_JOB_ALL: (0, False),
    wire.JOB_ASSIGN_ALL: (4, True),
    wire.GET_STATUS_UNIQUE: (1, False),
    wire.STATUS_RES_UNIQUE: (6, False),
}

SUBMITS = (
    wire.SUBMIT_JOB,
    wire.SUBMIT_JOB_BG,
    wire.SUBMIT_JOB_HIGH,
    wire.SUBMIT_JOB_HIGH_BG,
    wire.SUBMIT_JOB_LOW,
    wire.SUBMIT_JOB_LOW_BG,
    wire.SUBMIT_JOB_SCHED,
    wire.SUBMIT_JOB_EPOCH,
    wire.SUBMIT_REDUCE_JOB,
    wire.SUBMIT_REDUCE_JOB_BACKGROUND,
)
RESULTS = (wire.WORK_COMPLETE, wire.WORK_DATA, wire.WORK_WARNING, wire.WORK_EXCEPTION)
REGISTRATIONS = (wire.CAN_DO, wire.CANT_DO, wire.CAN_DO_TIMEOUT)


class Cut(NamedTuple):
    """The arguments, any data last; where the first two of them end and where the last begins."""

    args: list[bytes]
    end1: int
    end2: int
    last: int


def cut(kind: int, body: bytes) -> Cut:
    """Raises ValueError when a terminator is missing; only results may end with the handle itself."""
    if kind in RESULTS and body and b"\0" not in body:
        return Cut([body, b""], len(body), len(body), len(body))
    arguments, has_data = FORMS[kind]
    terminated = arguments if has_data else max(arguments - 1, 0)
    args, ends, at = [], [], 0
    for _ in range(terminated):
        end = body.index(b"\0", at)
        args.append(body[at:end])
        ends.append(end)
        at = end + 1
    ends += [len(body)] * 2
    return Cut([*args, body[at:]], ends[0], ends[1], at)
