"""Mixes and runs, and recordings as recording_file.py explains them."""

from __future__ import annotations

import json

from gearfast.recording.events import Ending, Kind, Submit, Update
from tests.fuzz.recording_file import BLOCK, BYTES, FILE
from tests.fuzz.talk import MARK
from tests.support.varint import varint

HAS_BYTES = 0x80


def mix(**others: object) -> bytes:
    least = {"gearfast_mix": 1, "seconds": 10, "jobs_per_second": 5, "functions": {"f": {"share": 1}}}
    return json.dumps({**least, **others}, indent=1).encode()


def function(**others: object) -> bytes:
    return mix(functions={"f": {"share": 1, **others}})


def run(**others: object) -> bytes:
    least = {"gearfast_run": 1, "began": 0.0, "title": "", "seconds": {"1": {"foreground": {"40": 2}}}}
    counts = {"functions": {"f": 2}, "failures": {"1": 1}, "errors": {"lost": 1}, "waits": {"3": 1}}
    return json.dumps(
        {**least, **counts, "server": [[0, 1, 2]], "accepted": ["H:1"], "lost": 0, **others}
    ).encode()


def event(kind: Kind, detail: int, *numbers: int, data: bytes | None = None, unique: int = 0) -> bytes:
    """`numbers`: the time since the last event, then the fields of the kind."""
    fields = b"".join(map(varint, numbers))
    if data is None:
        return bytes([kind, detail]) + fields
    return bytes([kind | HAS_BYTES, detail]) + fields + varint(unique) + varint(len(data)) + data


def block(*events: bytes, began: int = 0, count: int | None = None) -> bytes:
    return bytes([BLOCK, began, len(events) if count is None else count]) + b"".join(events)


def recording(*pieces: bytes, flags: int = 0) -> bytes:
    return bytes([flags]) + MARK.join(pieces)


NAMED = event(Kind.FUNCTION, 0, 0, 0, data=b"resize")
SUBMITTED = event(Kind.SUBMIT, 1, 5, 1, 0, 2, 100, 0)
AGAIN = event(Kind.AGAIN, 0, 0, 70)
ENDED = event(Kind.END, Ending.COMPLETE, 9, 0, 0, 10, 1000)
FAR = 2**60

MIX = {
    "least": mix(),
    "nothing": b"",
    "no-json": b'{"gearfast_mix": 1,',
    "deep": b"[" * 400,
    "no-text": b'{"gearfast_mix": "\xff"}',
    "twice": b'{"gearfast_mix": 1, "gearfast_mix": 1}',
    "half-a-character": mix(functions={"\ud800": {"share": 1}}, comment="\ud800"),
    "long-number": mix(seconds=10**400),
    "connections": mix(
        clients={"connections": 9, "opened_per_second": 0.5},
        workers={"connections": 3, "functions_each": {"values": [[1, 0.5], [3, 0.5]]}, "silent": 0.5},
        comment="what",
        source="where",
        skipped=4,
    ),
    "function": function(
        arrivals={"step_seconds": 2, "shape": [1, 2], "burstiness": 3.5},
        priorities={"high": 0.25, "normal": 0.5, "low": 0.25},
        background=0.5,
        uniques=0.5,
        joined=0.25,
        delayed=0.1,
        delay_seconds=60,
    ),
    "sizes": function(
        payload_bytes={"percentiles": {"0": 10, "50": 100, "99.9": 1000, "100": 3000000}},
        run_ms={"values": [[0.5, 1], [20, 3]]},
        failures=0.01,
        updates=2.5,
        workers=8,
        waiting=50,
    ),
    "shares-over-one": function(priorities={"high": 0.504, "normal": 0, "low": 0.504}),
    "many-alike": function(names=7),
    "run": run(),
    "run-of-nothing": run(seconds={}, functions={}, failures={}, errors={}, server=[], waits={}, accepted=[]),
    "run-that-is-none": run(seconds={"a": 1}),
    "run-with-odd-counts": run(errors={"lost": {}, "more": 1}),
    "run-of-ages": run(seconds={"999999999": {"foreground": {"1": 1}}}, failures={"999999998": 1}),
    "run-with-a-far-bucket": run(waits={"999999": 1}),
    "run-of-less-than-nothing": run(waits={"3": -1}),
    "run-at-no-time": run(server=[[0, 1, 2], [0, 2, 3], [float("inf"), 1, 1]]),
    "run-that-stands-still": run(server=[[0, 1, 2], [0, 2, 3]]),
    "run-with-half-a-character": run(title="\ud800"),
}
RECORDING = {
    "nothing": b"",
    "job": recording(block(NAMED, SUBMITTED, event(Kind.START, 0, 7, 2, 0, 0, 40), ENDED)),
    "again": recording(block(NAMED, SUBMITTED, AGAIN, ENDED, AGAIN), block(AGAIN)),
    "payloads": recording(
        block(
            NAMED,
            event(Kind.CONNECT, 1, 0, 1, data=b"10.0.0.9"),
            event(Kind.SUBMIT, 1 | Submit.UNIQUE, 5, 1, 0, 2, 4, 0, data=b"keydata", unique=3),
            event(Kind.UPDATE, Update.DATA, 1, 0, 0, 2, data=b"so"),
        ),
        flags=1,
    ),
    "workers": recording(
        block(
            NAMED,
            event(Kind.REGISTER, 0, 0, 2, 0, 60001),
            SUBMITTED,
            event(Kind.UNREGISTER, 0, 1, 2, 0),
            event(Kind.RESET, 0, 1, 2),
            event(Kind.GONE, 0, 1, 2),
            event(Kind.SKIPPED, 0, 1, 3),
        )
    ),
    "joined": recording(
        block(NAMED, *2 * [event(Kind.SUBMIT, 1 | Submit.UNIQUE | Submit.JOINED, 1, 1, 0, 0, 9, 0)], ENDED)
    ),
    "joined-without-a-key": recording(block(NAMED, event(Kind.SUBMIT, 1 | Submit.JOINED, 1, 1, 0, 2, 9, 0))),
    "no-priority": recording(block(NAMED, event(Kind.SUBMIT, 3, 5, 1, 0, 2, 100, 0))),
    "far-delay": recording(block(NAMED, event(Kind.SUBMIT, 1 | Submit.DELAYED, 5, 1, 0, 2, 100, 2**63))),
    "far-time": recording(block(NAMED, event(Kind.SUBMIT, 1, 2**45, 1, 0, 2, 100, 0))),
    "beyond-time": recording(block(NAMED, event(Kind.SUBMIT, 1, FAR, 1, 0, 2, 100, 0))),
    "large-numbers": recording(block(NAMED, event(Kind.SUBMIT, 1, 0, FAR, 0, 2, 100, 0))),
    "too-long-a-number": recording(block(bytes([Kind.GONE, 0, 0]) + b"\xff" * 9 + b"\x7f")),
    "nobody-submits": recording(block(event(Kind.CONNECT, 0, 0, 1))),
    "damaged-between": recording(
        block(NAMED, SUBMITTED), bytes([BYTES]) + b"GFBK-and-more", block(SUBMITTED)
    ),
    "cut-off": recording(block(NAMED, SUBMITTED), bytes([BYTES]) + b"GFBK"),
    "wrong-count": recording(block(NAMED, SUBMITTED, count=1), block(SUBMITTED, count=9), block(SUBMITTED)),
    "parts": recording(block(NAMED, SUBMITTED), bytes([FILE, 1]), block(SUBMITTED), bytes([FILE, 3])),
    "no-kind": recording(block(b"\x30\0\0")),
}
