"""gf_log: what the reader gets, and what happens when it is slow."""

from __future__ import annotations

import select
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gearfast._native._csrc import ffi, lib


class Log(NamedTuple):
    """A log and the bell of its reader."""

    log: Any
    bell: Any

    def write(self, level: int, text: bytes) -> None:
        lib.gf_log_write(self.log, ffi.cast("int", level), b"%s", ffi.new("char[]", text))

    def read(self) -> list[tuple[int, bytes]]:
        """(level, text) of all records."""
        records = []
        while record := lib.gf_log_peek(self.log):
            records.append((record.level, bytes(ffi.buffer(record.text, record.length))))
        lib.gf_log_release(self.log)
        return records


def new_log(level: int) -> Log:
    made = Log(ffi.new("gf_log *"), ffi.new("gf_bell *"))
    assert lib.gf_bell_init(made.bell) == lib.GF_OK
    assert lib.gf_log_init(made.log, made.bell, level) == lib.GF_OK
    return made


def close(log: Log) -> None:
    lib.gf_log_free(log.log)
    lib.gf_bell_close(log.bell)


@pytest.fixture
def log() -> Iterator[Log]:
    made = new_log(lib.GF_LOG_INFO)
    yield made
    close(made)


def test_a_record_arrives_and_the_reader_is_woken(log: Log) -> None:
    lib.gf_bell_sleep(log.bell)
    before = time.time()
    arguments = ffi.cast("int", 4730), ffi.new("char[]", b"taken")
    lib.gf_log_write(log.log, lib.GF_LOG_ERROR, b"port %d: %s", *arguments)
    assert select.select([log.bell.fd], [], [], 0)[0]
    record = lib.gf_log_peek(log.log)
    assert record.level == lib.GF_LOG_ERROR
    assert bytes(ffi.buffer(record.text, record.length)) == b"port 4730: taken"
    assert int(before * 1e6) - 1 <= record.time_us <= time.time() * 1e6 + 1


def test_levels_above_the_chosen_one_are_left_out(log: Log) -> None:
    for level in range(lib.GF_LOG_DEBUG + 1):
        assert lib.gf_log_on(log.log, level) == (level <= lib.GF_LOG_INFO)
        log.write(level, b"x")
    assert log.read() == [(level, b"x") for level in range(lib.GF_LOG_INFO + 1)]


def printable(text: bytes) -> bytes:
    return b"".join(bytes([c]) if c >= 32 and c != 127 else b"\\x%02x" % c for c in text)


def test_text_cannot_start_a_line_or_steer_a_terminal(log: Log) -> None:
    log.write(lib.GF_LOG_INFO, "a\nb\r\x1b[2J\x7fé".encode())
    assert log.read() == [(lib.GF_LOG_INFO, "a\\x0ab\\x0d\\x1b[2J\\x7fé".encode())]


def shortened(text: bytes) -> bytes:
    """The longest whole escapes that leave room for the dots."""
    whole = [printable(text[: n + 1]) for n in range(len(text))]
    return max((cut for cut in whole if len(cut) <= lib.GF_LOG_TEXT - 3), key=len, default=b"") + b"..."


NEAR_THE_LIMIT = st.builds(
    lambda length, odd: (b"x" * length + odd).replace(b"\0", b"?"),
    st.integers(460, 490),
    st.binary(max_size=30),
)


@given(st.one_of(st.binary(max_size=700).map(lambda text: text.replace(b"\0", b"?")), NEAR_THE_LIMIT))
@example(b"x" * 480)
@example(b"x" * 481)
@example(b"x" * 5000)
@example(b"\n" * 120)
@example(b"\n" * 121)
def test_what_is_too_long_is_cut_between_escapes(text: bytes) -> None:
    log = new_log(lib.GF_LOG_INFO)
    log.write(lib.GF_LOG_INFO, text)
    expected = printable(text) if len(printable(text)) <= lib.GF_LOG_TEXT else shortened(text)
    assert log.read() == [(lib.GF_LOG_INFO, expected)]
    close(log)


def test_when_the_reader_is_behind_the_lost_records_are_counted(log: Log) -> None:
    written = lib.GF_LOG_CAPACITY + 7
    for number in range(written):
        log.write(lib.GF_LOG_INFO, b"%d" % number)
    assert log.read() == [(lib.GF_LOG_INFO, b"%d" % number) for number in range(lib.GF_LOG_CAPACITY)]
    log.write(lib.GF_LOG_INFO, b"after")
    lost, after = log.read()
    assert lost == (lib.GF_LOG_WARNING, b"7 log records lost: the log writer is behind")
    assert after == (lib.GF_LOG_INFO, b"after")
    log.write(lib.GF_LOG_INFO, b"and on")
    assert log.read() == [(lib.GF_LOG_INFO, b"and on")]


def test_room_for_the_count_alone_does_not_lose_the_count(log: Log) -> None:
    for _ in range(lib.GF_LOG_CAPACITY + 1):
        log.write(lib.GF_LOG_INFO, b"x")
    lib.gf_log_peek(log.log)
    lib.gf_log_release(log.log)
    log.write(lib.GF_LOG_INFO, b"only the count fits")
    assert log.read()[-1] == (lib.GF_LOG_WARNING, b"1 log records lost: the log writer is behind")
    log.write(lib.GF_LOG_INFO, b"after")
    assert log.read() == [
        (lib.GF_LOG_WARNING, b"1 log records lost: the log writer is behind"),
        (lib.GF_LOG_INFO, b"after"),
    ]


def test_no_memory() -> None:
    lib.gf_test_fail_allocations(0, 1)
    assert lib.gf_log_init(ffi.new("gf_log *"), ffi.NULL, lib.GF_LOG_INFO) == lib.GF_NOMEM
