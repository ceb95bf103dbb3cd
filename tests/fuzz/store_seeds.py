"""Sequences for fuzz_store.c, which explains the format: those of the core with a store between them."""

from __future__ import annotations

from tests.fuzz import core_seeds
from tests.fuzz.core_seeds import CLIENT, OTHER, SECOND, WORKER, come, go, grab, ready, report, submit, wait
from tests.protocol import wire

STORES = 0x80
KEYS = (b"u", b"v", b"u\0x", b"", b"-", b"made", b"made -", b"w")
TIMES = (0, 1, 1010, 2**63 - 1)

FAIL, RECOVER, READ = (bytes([STORES | kind]) for kind in (1, 2, 4))


def start(*, asynchronous: bool = False, reading: bool = False) -> bytes:
    return core_seeds.options() + bytes([asynchronous | reading << 1])


def commit(most: int = 256) -> bytes:
    return bytes([STORES, most - 1])


def row(
    function: bytes = b"a",
    key: bytes = b"u",
    when: int = 0,
    priority: int = 1,
    *,
    reduces: bool = False,
    data: bytes = b"",
) -> bytes:
    names = core_seeds.FUNCTIONS.index(function) | KEYS.index(key) << 2
    how = TIMES.index(when) | priority << 2 | reduces << 4
    return bytes([STORES | 3, names, how, len(data)]) + data


def background(unique: bytes = b"", peer: int = CLIENT, when: int = 0) -> bytes:
    kind = wire.SUBMIT_JOB_EPOCH if when else wire.SUBMIT_JOB_BG
    return submit(peer, kind, unique=unique, when=when, data=b"data")


ONE = background(b"u") + grab(WORKER) + report(WORKER, wire.WORK_COMPLETE, b"")
REFUSED = FAIL + background(b"u") + background()

SEEDS = {
    "one-job": start() + ready(b"a") + ONE + commit(1) + commit(1),
    "asynchronous": start(asynchronous=True) + ready(b"a") + ONE + REFUSED + commit() + RECOVER,
    "joined-before-the-commit": start()
    + ready(b"a")
    + come(OTHER)
    + background(b"u")
    + background(b"u", OTHER)
    + submit(SECOND, wire.SUBMIT_JOB, unique=b"u")
    + commit(),
    "answers-behind-a-submit": start()
    + come(CLIENT)
    + background()
    + core_seeds.say(CLIENT, wire.ECHO_REQ, b"after")
    + core_seeds.line(CLIENT, b"status")
    + background(b"-")
    + commit(1)
    + commit(1),
    "gone-with-its-answer-held": start() + ready(b"a") + background() + go(CLIENT) + commit() + come(CLIENT),
    "withdrawn": start() + ready(b"a") + background(b"u") + background(b"v") + grab(WORKER) + FAIL + RECOVER,
    "refused-while-it-fails": start() + ready(b"a") + REFUSED + RECOVER + ONE + commit(),
    "delayed": start() + ready(b"a") + background(when=1060) + commit() + wait(1000, 60_000) + grab(WORKER),
    "rows": start(reading=True)
    + ready(b"a", b"b")
    + row(data=b"data")
    + row(b"b", b"made", reduces=True)
    + row(b"b", b"made -", when=1010, data=b"later")
    + row(b"c", b"", when=1, priority=2)
    + row(b"c", b"-", when=2**63 - 1, priority=0)
    + READ
    + grab(WORKER)
    + report(WORKER, wire.WORK_COMPLETE, b"")
    + commit(),
    "submits-that-wait-for-rows": start(reading=True)
    + ready(b"a")
    + background(b"u")
    + core_seeds.say(CLIENT, wire.ECHO_REQ, b"waits, too")
    + background(b"v", OTHER)
    + row()
    + go(OTHER)
    + READ
    + commit(),
    "same-unique-as-a-row": start(reading=True)
    + ready(b"a")
    + submit(CLIENT, wire.SUBMIT_JOB, unique=b"u", data=b"data")
    + row(key=b"u\0x")
    + grab(WORKER)
    + READ
    + report(WORKER, wire.WORK_COMPLETE, b"")
    + commit(),
    "fails-while-rows-come": start(reading=True)
    + ready(b"a")
    + background(b"u")
    + row(key=b"v")
    + FAIL
    + background(b"v")
    + RECOVER
    + row(key=b"w")
    + READ
    + commit(),
}
