"""Conversations for talk.py, which explains the format."""

from __future__ import annotations

from tests.fuzz.talk import COMPAT, EXCEPTIONS, MARK, SMALL_OUTPUT, SMALL_PACKETS
from tests.protocol import wire
from tests.protocol.wire import HEADER, REQUEST, req, res


def talk(*pieces: bytes, options: int = 0) -> bytes:
    """The first piece is said on connection 0; others begin with `on`."""
    return bytes([options]) + b"".join(pieces)


def on(connection: int, data: bytes) -> bytes:
    return MARK + bytes([connection]) + data


def split(data: bytes, size: int) -> bytes:
    """On connection 0, so many bytes at a time."""
    return b"".join(on(0, data[at : at + size]) for at in range(0, len(data), size))


ECHO = req(wire.ECHO_REQ, b"echo")
SUBMIT = req(wire.SUBMIT_JOB, b"f", b"u", b"data")
WORKER = req(wire.CAN_DO, b"f") + req(wire.PRE_SLEEP)
LINES = b"status\nversion\r\n"

SEEDS = {
    "silence": talk(),
    "echo": talk(ECHO),
    "pipelined": talk(ECHO * 3 + SUBMIT + LINES + ECHO),
    "byte-by-byte": talk(split(SUBMIT + LINES, 1)),
    "split-in-header": talk(split(ECHO * 2, 7)),
    "split-body": talk(req(wire.ECHO_REQ, b"x" * 600)[:100], on(0, b"x" * 512), on(0, ECHO)),
    "body-then-more": talk(SUBMIT[:20], on(0, SUBMIT[20:] + ECHO + LINES)),
    "job": talk(
        SUBMIT,
        on(1, WORKER + req(wire.GRAB_JOB)),
        on(1, req(wire.WORK_STATUS, b"H:1", b"1", b"2") + req(wire.WORK_COMPLETE, b"H:1", b"result")),
    ),
    "woken": talk(WORKER, on(1, SUBMIT), on(0, req(wire.GRAB_JOB_UNIQ)), on(0, req(wire.WORK_FAIL, b"H:1"))),
    "exception": talk(
        SUBMIT, on(1, WORKER + req(wire.GRAB_JOB_ALL)), on(1, req(wire.WORK_EXCEPTION, b"H:1", b"why")),
        options=EXCEPTIONS | COMPAT,
    ),
    "background": talk(
        req(wire.SUBMIT_JOB_BG, b"f", b"-", b"data")
        + req(wire.SUBMIT_JOB_EPOCH, b"f", b"", b"1", b"past")
        + req(wire.SUBMIT_JOB_SCHED, b"f", b"", b"0", b"0", b"1", b"1", b"", b"yearly")
        + req(wire.SUBMIT_REDUCE_JOB, b"f", b"", b"reducer", b"", b"data")
    ),
    "every-type-empty": talk(b"".join(req(kind) for kind in range(1, wire.LAST + 1))),
    "every-type-argued": talk(*(on(0, req(kind, *[b"1"] * 8)) for kind in range(1, wire.LAST + 1))),
    "responses": talk(res(wire.NOOP) + res(wire.JOB_CREATED, b"H:1") + ECHO),
    "unknown-type": talk(HEADER.pack(REQUEST, 43, 0) + ECHO),
    "huge-type": talk(HEADER.pack(REQUEST, 0x80000000, 0) + ECHO),
    "wrong-magic": talk(b"\0REX" + ECHO),
    "huge-size": talk(HEADER.pack(REQUEST, wire.ECHO_REQ, 2**32 - 1) + ECHO),
    "huge-submit": talk(HEADER.pack(REQUEST, wire.SUBMIT_JOB, 2**32 - 1), on(0, b"f\0u\0data"), on(1, ECHO)),
    "too-large": talk(ECHO + req(wire.ECHO_REQ, b"x" * 65) + ECHO, options=SMALL_PACKETS),
    "too-large-in-parts": talk(split(req(wire.ECHO_REQ, b"x" * 200) + ECHO, 90), options=SMALL_PACKETS),
    "body-that-does-not-matter": talk(HEADER.pack(REQUEST, wire.PRE_SLEEP, 300), on(0, b"x" * 300 + ECHO)),
    "half-a-packet": talk(SUBMIT[:-1]),
    "half-a-header": talk(SUBMIT[:5]),
    "half-a-line": talk(b"status"),
    "long-line": talk(b"x" * 8191 + b"\n" + LINES),
    "line-too-long": talk(b"x" * 8192 + b"\n" + LINES),
    "line-too-long-in-parts": talk(b"x" * 8000, on(0, b"x" * 192), on(0, LINES)),
    "long-argument": talk(req(wire.CAN_DO, b"x" * 8192) + req(wire.CAN_DO, b"x" * 8193) + ECHO),
    "much-output": talk(ECHO + b"workers\n" * 40 + req(wire.ECHO_REQ, b"x" * 5000) * 2, options=SMALL_OUTPUT),
    "shutdown": talk(b"shutdown\n" + ECHO, on(1, ECHO)),
}  # fmt: skip
