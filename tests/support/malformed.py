"""Every kind of packet or line that no peer should send, at random."""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.protocol import wire
from tests.protocol.wire import HEADER, REQUEST, RESPONSE

HANDLE = b"H:nobody:17"
# A well-formed body for each type that the server takes.
BODIES: dict[int, bytes] = {
    wire.CAN_DO: b"malformed",
    wire.CANT_DO: b"malformed",
    wire.RESET_ABILITIES: b"",
    wire.PRE_SLEEP: b"",
    wire.GRAB_JOB: b"",
    wire.GRAB_JOB_UNIQ: b"",
    wire.GRAB_JOB_ALL: b"",
    wire.CAN_DO_TIMEOUT: b"malformed\0007",
    wire.SUBMIT_JOB: b"malformed\0u\0data",
    wire.SUBMIT_JOB_HIGH: b"malformed\0u\0data",
    wire.SUBMIT_JOB_LOW: b"malformed\0u\0data",
    wire.SUBMIT_JOB_EPOCH: b"malformed\0u\0007\0data",
    wire.SUBMIT_JOB_SCHED: b"malformed\0u\0\0\0\0\0\0data",
    wire.SUBMIT_REDUCE_JOB: b"malformed\0u\0reducer\0\0data",
    wire.WORK_STATUS: HANDLE + b"\0001\0002",
    wire.WORK_COMPLETE: HANDLE + b"\0data",
    wire.WORK_FAIL: HANDLE,
    wire.WORK_EXCEPTION: HANDLE + b"\0data",
    wire.WORK_DATA: HANDLE + b"\0data",
    wire.WORK_WARNING: HANDLE + b"\0data",
    wire.GET_STATUS: HANDLE,
    wire.GET_STATUS_UNIQUE: b"u",
    wire.ECHO_REQ: b"data",
    wire.OPTION_REQ: b"exceptions",
    wire.SET_CLIENT_ID: b"me",
}
KINDS = sorted(BODIES)
LINES = (b"status", b"show jobs", b"show limits", b"maxqueue x 1", b"cancel job H:1:1", b"explain f")

Chance = random.Random
Maker = Callable[[Chance], bytes]


def _framed(magic: bytes, kind: int, body: bytes, size: int | None = None) -> bytes:
    return HEADER.pack(magic, kind, len(body) if size is None else size) + body


def wrong_magic(chance: Chance) -> bytes:
    kind = chance.choice(KINDS)
    return _framed(
        chance.choice([RESPONSE, b"\0REP", bytes(4), b"\0" + chance.randbytes(3)]), kind, BODIES[kind]
    )


def unknown_type(chance: Chance) -> bytes:
    return _framed(REQUEST, chance.choice([0, 43, 44, 255, 1 << 16, 1 << 31, chance.getrandbits(32)]), b"x")


def answer_of_a_server(chance: Chance) -> bytes:
    answers = sorted(set(range(1, wire.LAST + 1)) - set(BODIES))
    return _framed(REQUEST, chance.choice(answers), chance.randbytes(chance.randrange(40)))


def missing_arguments(chance: Chance) -> bytes:
    kind = chance.choice(KINDS)
    body = BODIES[kind]
    return _framed(REQUEST, kind, body[: chance.randrange(len(body) + 1)])


def without_terminators(chance: Chance) -> bytes:
    kind = chance.choice(KINDS)
    return _framed(REQUEST, kind, BODIES[kind].replace(b"\0", b"x"))


def arguments_too_large(chance: Chance) -> bytes:
    kind = chance.choice(KINDS)
    return _framed(REQUEST, kind, BODIES[kind].replace(b"u", b"u" * chance.randrange(60, 10_000), 1))


def wrong_size(chance: Chance) -> bytes:
    kind = chance.choice(KINDS)
    size = chance.choice([0, 1, len(BODIES[kind]) + 1, 5000, 1 << 20, 1 << 28, (1 << 32) - 1])
    return _framed(REQUEST, kind, BODIES[kind], size)


def cut_off(chance: Chance) -> bytes:
    kind = chance.choice(KINDS)
    packet = _framed(REQUEST, kind, BODIES[kind])
    return packet[: chance.randrange(1, len(packet))]


def flipped_bits(chance: Chance) -> bytes:
    kind = chance.choice(KINDS)
    packet = bytearray(_framed(REQUEST, kind, BODIES[kind]))
    for _ in range(chance.randrange(1, 4)):
        packet[chance.randrange(len(packet))] ^= 1 << chance.randrange(8)
    return bytes(packet)


def odd_numbers(chance: Chance) -> bytes:
    number = chance.choice([b"", b"-1", b"9" * 30, b"0x10", b"1 2", b"\xff", b"99999999999"])
    kind, body = chance.choice(
        [
            (wire.CAN_DO_TIMEOUT, b"malformed\0" + number),
            (wire.SUBMIT_JOB_EPOCH, b"malformed\0\0" + number + b"\0"),
            (wire.SUBMIT_JOB_SCHED, b"malformed\0\0" + number + b"\0\0\0\0\0"),
            (wire.WORK_STATUS, HANDLE + b"\0" + number + b"\0" + number),
            (wire.WORK_COMPLETE, b"H:nobody:" + number + b"\0"),
        ]
    )
    return _framed(REQUEST, kind, body)


def rubbish(chance: Chance) -> bytes:
    return chance.randbytes(chance.randrange(1, 300))


def odd_line(chance: Chance) -> bytes:
    line = chance.choice(LINES)
    return chance.choice(
        [
            line + b"\0\n",
            line * 2000 + b"\n",
            b" " * 20 + line + b"\r\n",
            line.replace(b" ", b"\xff\x01") + b"\n",
            b"\n" * 30,
            line[: chance.randrange(1, len(line))] + b"\n",
        ]
    )


MAKERS: tuple[Maker, ...] = (
    *(wrong_magic, unknown_type, answer_of_a_server, missing_arguments, without_terminators),
    *(arguments_too_large, wrong_size, cut_off, flipped_bits, odd_numbers, rubbish, odd_line),
)
