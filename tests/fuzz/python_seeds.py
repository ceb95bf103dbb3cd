"""Configuration files, and rows of a store as stored_rows.py explains them."""

from __future__ import annotations

TEXT, ODD = 13, 15


def text(value: bytes) -> bytes:
    return bytes([TEXT, len(value)]) + value


def row(*fields: int | bytes) -> bytes:
    """A number is a kind by itself: 0 is None, 1 to 3 are 0 to 2, 4 b"", 5 b"-", 6 b"f", 7 a made key."""
    return b"".join(text(field) if isinstance(field, bytes) else bytes([field]) for field in fields)


CONFIG = {
    "nothing": b"",
    "gearmands-own": b"--listen=127.0.0.1\n--port 4731\n--log-file /var/log/g.log # here\n--verbose INFO\n",
    "abbreviated": b"--thre 4 --keepalive-i 60",
    "ambiguous": b"--keepalive- 4",
    "twice": b"-t 4 -t 5",
    "store": b"-q libsqlite3 --libsqlite3-db /tmp/db --durability async",
    "store-without-a-file": b"-q libsqlite3",
    "several-addresses": b"-L 127.0.0.1 -L ::1 -L /run/gearfast.sock",
    "no-number": b"--max-packet 12Q",
    "out-of-range": b"--threads 100000",
    "command-line-only": b"--help",
    "end-of-options": b"-- --port 4731",
    "no-text": b"--log-file \xff\x00\xfe",
    "without-a-value": b"--port",
    "no-option": b"--no-such-option=1 -Z",
    "not-to-be-had": b"--ssl",
}
ROWS = {
    "job": row(0, b"unique", 6, 2, b"data", 1, 0),
    "made-keys": row(0, 7, 6, 2, 4, 1, 0) + row(0, 5, 6, 2, 4, 1, 0) + row(0, 4, 6, 2, 4, 1, 0),
    "cut-unique": row(0, b"u" * 63 + b"\0", 6, 2, 4, 1, 0),
    "reducer": row(0, b"u", 6, 2, 4, 1, b"reducer"),
    "later": row(0, b"u", 6, 3, 4) + b"\x0a" + (10**18).to_bytes(12, "little") + row(0),
    "nothing": row(0, 0, 0, 0, 0, 0, 0),
    "numbers": row(1, 2, 3, 8, 1, 2, 3),
    "large": row(0, 6, ODD) + b"f" + row(2, ODD) + b"d" + row(1, 0),
    "nul-in-function": row(0, 6, b"a\0b", 2, 4, 1, 0),
    "priority": row(0, 6, 6) + b"\x09\x07" + row(4, 1, 0),
    "too-late": row(0, 6, 6, 2, 4) + b"\x0a" + b"\xff" * 11 + b"\x7f" + row(0),
}
