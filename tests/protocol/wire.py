"""Gearman packets as bytes: numbers, a writer and a strict reader.

Written from the protocol text alone and sharing nothing with the server: a mistake there cannot hide here.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

CAN_DO: Final = 1
CANT_DO: Final = 2
RESET_ABILITIES: Final = 3
PRE_SLEEP: Final = 4
UNUSED: Final = 5
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

LAST: Final = STATUS_RES_UNIQUE
NAMES: Final = {
    number: name
    for name, number in dict(globals()).items()
    if name.isupper() and isinstance(number, int) and name != "LAST"
}

REQUEST: Final = b"\0REQ"
RESPONSE: Final = b"\0RES"
HEADER: Final = struct.Struct(">4sII")


class Packet(NamedTuple):
    """One packet; `args` cuts the body at every NUL."""

    magic: bytes
    kind: int
    body: bytes

    @property
    def args(self) -> list[bytes]:
        return self.body.split(b"\0")

    def __str__(self) -> str:
        return f"{self.magic[1:].decode()} {NAMES.get(self.kind, self.kind)} {shown(self.body)}"


def packet(magic: bytes, kind: int, body: bytes) -> bytes:
    """The bytes of one packet with a truthful size."""
    return HEADER.pack(magic, kind, len(body)) + body


def req(kind: int, *args: bytes) -> bytes:
    """A packet to the server; `args` are joined with NUL, the data comes last."""
    return packet(REQUEST, kind, b"\0".join(args))


def res(kind: int, *args: bytes) -> bytes:
    """A packet from the server."""
    return packet(RESPONSE, kind, b"\0".join(args))


def error(code: bytes, text: bytes) -> bytes:
    """The ERROR packet the server sends."""
    return res(ERROR, code, text)


def first_packet(data: bytes) -> Packet | None:
    """The packet `data` begins with, None while it is incomplete; ValueError when it is no packet."""
    if not (REQUEST.startswith(data[:4]) or RESPONSE.startswith(data[:4])):
        raise ValueError(f"not a packet: {data[:40]!r}")
    if len(data) < HEADER.size:
        return None
    magic, kind, size = HEADER.unpack_from(data)
    if len(data) < HEADER.size + size:
        return None
    return Packet(magic, kind, data[HEADER.size : HEADER.size + size])


def shown(data: bytes) -> str:
    """`data` as it is written in Python, long ones with their middle left out."""
    if len(data) <= 400:
        return repr(data)
    return f"{data[:150]!r} … {data[-150:]!r} ({len(data)} bytes)"


def describe(data: bytes) -> str:
    """`data` for a reader of a failed test: a line a packet, and the rest as it is."""
    lines = []
    while data:
        try:
            found = first_packet(data)
        except ValueError:
            found = None
        if found is None:
            lines.append(shown(data))
            break
        lines.append(str(found))
        data = data[HEADER.size + len(found.body) :]
    return "\n  ".join(lines) or "nothing"
