"""Sequences for fuzz_recorded.c, which explains the format: those of the core while they are recorded."""

from __future__ import annotations

from tests.fuzz import core_seeds
from tests.fuzz.core_seeds import (
    ADMIN,
    CLIENT,
    ONE_JOB,
    OTHER,
    SECOND,
    WORKER,
    come,
    go,
    grab,
    line,
    ready,
    report,
    say,
    say_much,
    submit,
    wait,
)
from tests.protocol import wire

START, STOP, WRITE = (bytes([0x80 | kind]) for kind in range(3))


def begin(*, payloads: bool = False, small_files: bool = False) -> bytes:
    return core_seeds.options(exceptions=True) + bytes([payloads | small_files << 1])


DONE = report(WORKER, wire.WORK_COMPLETE, b"result")
JOBS = submit(CLIENT, wire.SUBMIT_JOB_BG, b"a") + submit(CLIENT, wire.SUBMIT_JOB_HIGH, b"b", b"u")
REPORTS = (
    report(WORKER, wire.WORK_DATA, b"part")
    + report(WORKER, wire.WORK_WARNING, b"careful")
    + report(WORKER, wire.WORK_STATUS, b"10", b"200")
    + report(WORKER, wire.WORK_EXCEPTION, b"why")
)

SEEDS = {
    "one-job": begin() + ready(b"a") + ONE_JOB + DONE,
    "one-job-with-payloads": begin(payloads=True) + ready(b"a") + ONE_JOB + REPORTS + DONE,
    "joined-refused-and-lost": begin(payloads=True)
    + ready(b"a")
    + come(OTHER)
    + ONE_JOB
    + submit(OTHER, wire.SUBMIT_JOB, unique=b"u", data=b"data")
    + say(OTHER, wire.SUBMIT_JOB, b"a", b"u" * 65, b"")
    + submit(OTHER, wire.SUBMIT_JOB_SCHED)
    + submit(OTHER, wire.SUBMIT_JOB_EPOCH, when=1060)
    + go(WORKER)
    + come(SECOND)
    + say(SECOND, wire.CAN_DO_TIMEOUT, b"a", b"1")
    + grab(SECOND)
    + wait(monotonic=5000)
    + say(SECOND, wire.CANT_DO, b"a")
    + say(SECOND, wire.RESET_ABILITIES)
    + go(CLIENT, OTHER),
    "names-anew-in-each-file": begin(small_files=True)
    + ready(b"a", b"b")
    + (JOBS + wait(monotonic=1000) + WRITE + grab(WORKER) + DONE) * 12,
    "large-payloads-and-names": begin(payloads=True)
    + ready(b"a")
    + say_much(CLIENT, wire.SUBMIT_JOB_BG, 0, b"\0u\0data")
    + (say_much(CLIENT, wire.CAN_DO, 0, b"") + wait(monotonic=1000)) * 2
    + WRITE,
    "a-slow-disk": begin() + ready(b"a") + (JOBS + wait(monotonic=1000)) * 40 + WRITE + JOBS,
    "submits-that-come-again": begin(small_files=True)
    + ready(b"a")
    + come(OTHER)
    + (submit(CLIENT, wire.SUBMIT_JOB_BG) * 9 + submit(OTHER, wire.SUBMIT_JOB_BG) * 9 + grab(WORKER)) * 2
    + (go(OTHER) + come(OTHER) + submit(OTHER, wire.SUBMIT_JOB_BG) * 3)
    + WRITE
    + STOP
    + START
    + submit(OTHER, wire.SUBMIT_JOB_BG) * 3,
    "again-and-again": begin()
    + ready(b"a")
    + ONE_JOB
    + STOP
    + DONE
    + (START + WRITE + START + ONE_JOB + STOP + WRITE) * 2
    + START
    + go(WORKER),
    "by-commands": begin()
    + ready(b"a")
    + come(ADMIN)
    + line(ADMIN, b"record status")
    + line(ADMIN, b"record stop")
    + ONE_JOB
    + line(ADMIN, b"record start other")
    + WRITE
    + line(ADMIN, b"record start other")
    + line(ADMIN, b"record start ../other")
    + line(ADMIN, b"record status")
    + DONE,
}
