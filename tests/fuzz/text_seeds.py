"""Lines for fuzz_text.c: a byte of options, then the lines."""

from __future__ import annotations

PLAIN, SHUTDOWN_ALLOWED, LOGGED, TWO_THREADS, ONE_BUCKET = 0, 1, 2, 4, 8


def lines(*texts: bytes, options: int = PLAIN) -> bytes:
    return bytes([options]) + b"\n".join(texts)


SEEDS = {
    "settings": lines(b"version", b"verbose", b"getpid", b"VERSION"),
    "listings": lines(b"status", b"prioritystatus", b"workers", b"show jobs", b"show unique jobs"),
    "explain": lines(
        *(b"explain H:%d" % number for number in range(1, 7)),
        *(b"explain " + name for name in (b"run", b"wait", b"WAIT", b"Idle", b"a", b"none", b"", b"run now")),
        b"show limits",
    ),
    "counts": lines(b"show counts", b"show counts now"),
    "one-bucket": lines(b"show jobs", b"show unique jobs", options=ONE_BUCKET | TWO_THREADS | LOGGED),
    "show-errors": lines(b"show", b"show other", b"show jobs now", b"show unique", b"show unique jobs now"),
    "cancel": lines(b"cancel", b"cancel job", b"cancel job H:1", b"cancel job H:1", b"cancel it H:2"),
    "cancel-all": lines(*(b"cancel job H:%d" % number for number in range(8))),
    "create": lines(b"create", b"create function new", b"create function new", b"create function"),
    "drop": lines(b"drop function wait", b"drop function run", b"drop function none", b"drop it", b"drop"),
    "drop-nameless": lines(b"drop function ", b"status"),
    "maxqueue": lines(
        b"maxqueue",
        b"maxqueue run",
        b"maxqueue run 1",
        b"maxqueue run -1",
        b"maxqueue run x",
        b"maxqueue run 1 2 3",
        b"maxqueue run 99999999999999999999",
    ),
    "shutdown": lines(b"shutdown now", b"shutdown graceful", b"shutdown", options=SHUTDOWN_ALLOWED),
    "shutdown-refused": lines(b"shutdown graceful", b"shutdown"),
    "record": lines(
        b"record", b"record status", b"record start", b"record start x", b"RECORD STOP", b"record start a b"
    ),
    "unknown": lines(b"hello", b"", b" status", b"%s%n", b"status\0hidden", b"\xff\x80"),
    "blanks": lines(b"show  jobs ", b"  ", b"show unique  jobs", b"create function a b c d e f g"),
    "long": lines(b"x" * 900, b"create function " + b"y" * 500),
}
