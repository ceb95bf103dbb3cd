"""The reader: damage costs what is damaged, and is told."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import pytest

from gearfast.recording import Event, Kind, Recording, RecordingError
from gearfast.recording.reader import VERSION
from tests.support.varint import varint


def header(*, part: int = 0, version: int = VERSION, started: int = 5) -> bytes:
    body = struct.pack("<8sHHIQQ", b"GEARFREC", version, 0, part, 1_000_000, started)
    return body + struct.pack("<I", zlib.adler32(body))


def block(events: Sequence[bytes], *, began: int = 0, count: int | None = None) -> bytes:
    payload = b"".join(events)
    given = len(events) if count is None else count
    summed = struct.pack("<IQ", given, began) + payload
    return struct.pack("<4sII", b"GFBK", len(payload), zlib.adler32(summed)) + summed


def connect(peer: int, after: int = 0) -> bytes:
    return bytes([Kind.CONNECT, 0]) + varint(after) + varint(peer)


def read(path: Path) -> tuple[list[Event], list[str]]:
    recording = Recording([path])
    return list(recording.events()), recording.problems


def written(path: Path, *parts: bytes) -> Path:
    path.write_bytes(b"".join(parts))
    return path


def peers(found: list[Event]) -> list[int]:
    return [event.peer for event in found]


def three_blocks() -> list[bytes]:
    return [block([connect(3 * index + peer, 10) for peer in range(3)]) for index in range(3)]


def test_blocks_one_after_another(tmp_path: Path) -> None:
    found, problems = read(written(tmp_path / "r", header(), *three_blocks()))
    assert peers(found) == list(range(9))
    assert [round(event.at * 1e6) for event in found] == [10, 20, 30] * 3
    assert problems == []


def test_cut_off_anywhere(tmp_path: Path) -> None:
    whole = b"".join([header(), *three_blocks()])
    size = len(three_blocks()[0])
    for end in range(len(header()), len(whole)):
        found, problems = read(written(tmp_path / "r", whole[:end]))
        blocks, rest = divmod(end - len(header()), size)
        assert peers(found) == list(range(3 * blocks))
        assert len(problems) == (rest > 0)
        assert all("cut off" in problem for problem in problems)


def test_a_wrong_byte_anywhere_costs_one_block(tmp_path: Path) -> None:
    first, second, third = three_blocks()
    for at in range(len(second)):
        damaged = second[:at] + bytes([second[at] ^ 0x55]) + second[at + 1 :]
        found, problems = read(written(tmp_path / "r", header(), first, damaged, third))
        assert {0, 1, 2, 6, 7, 8} <= set(peers(found))
        assert len(found) == 6
        assert len(problems) == 1
        assert f"at byte {len(header() + first)}: " in problems[0]


def test_what_is_no_recording(tmp_path: Path) -> None:
    spoiled = bytearray(header())
    spoiled[20] ^= 1
    wrong = {
        b"": "is no recording",
        b"GEARFREC": "is no recording",
        b"x" * 100: "is no recording",
        header(version=VERSION + 1): f"of version {VERSION + 1}",
        bytes(spoiled): "damaged header",
    }
    for content, text in wrong.items():
        with pytest.raises(RecordingError, match=text):
            Recording([written(tmp_path / "r", content)])
    with pytest.raises(RecordingError, match="no file is given"):
        Recording([])


def test_files_of_one_recording_in_any_order(tmp_path: Path) -> None:
    paths = [written(tmp_path / str(part), header(part=part), block([connect(part)])) for part in (0, 1, 3)]
    recording = Recording([paths[1], paths[2], paths[0]])
    assert peers(list(recording.events())) == [0, 1, 3]
    assert recording.problems == [f"{paths[2]}: part 3 follows part 1"]
    other = written(tmp_path / "other", header(started=6))
    with pytest.raises(RecordingError, match="of another recording than"):
        Recording([paths[0], other])


@pytest.mark.parametrize(
    ("events", "count", "text"),
    [
        ([bytes([77, 0, 0, 0])], None, "77 is no kind of event"),
        ([bytes([Kind.CONNECT | 0x40, 0, 0, 0])], None, "66 is no kind of event"),
        ([connect(1)], 2, "an event is cut off"),
        ([connect(1), connect(2)], 1, "4 bytes are left over"),
        ([bytes([Kind.CONNECT, 0]) + b"\xff" * 12], None, "a number is too long"),
        ([connect(1 << 32)], None, "a number is too large"),
        ([connect(1, after=1 << 54)], None, "a number is too large"),
        ([bytes([Kind.CONNECT, 0]) + b"\xff" * 9 + b"\x02"], None, "a number is too large"),
        ([bytes([Kind.SUBMIT, 3, 0, 1, 1, 0, 9, 0])], None, "3 is no priority"),
        ([bytes([Kind.SUBMIT, 33, 0, 1, 1, 0, 9, 0])], None, "a job without a unique key is joined"),
        ([bytes([Kind.AGAIN, 0, 0, 9])], None, "a submit comes again before the first"),
        ([bytes([Kind.CONNECT | 0x80, 0, 0, 1, 0, 100])], None, "bytes are cut off"),
        ([bytes([Kind.CONNECT | 0x80, 0, 0, 1, 2, 1, 65])], None, "bytes are cut off"),
        (
            [bytes([Kind.SUBMIT | 0xE0, 0, 1, 1, 0, 9, 0, 5]) + b"short"],
            None,
            "a workload of 9 bytes has 5",
        ),
    ],
)
def test_block_that_makes_no_sense(tmp_path: Path, events: list[bytes], count: int | None, text: str) -> None:
    good = block([connect(9)])
    found, problems = read(written(tmp_path / "r", header(), block(events, count=count), good))
    assert peers(found)[-1] == 9
    assert len(problems) == 1
    assert text in problems[0]


def test_submits_that_come_again(tmp_path: Path) -> None:
    parts = [
        bytes([Kind.SUBMIT | 0x40, 5, 10, 1, 2, 8, 100]),
        bytes([Kind.AGAIN | 0x20, 0, 30]),
        bytes([Kind.GONE, 0, 7, 9]),
        bytes([Kind.AGAIN, 0, 3, 0]),
        bytes([Kind.UPDATE | 0x20, 0, 2, 1, 50]),
    ]
    found, problems = read(written(tmp_path / "r", header(), block(parts), block([parts[1]])))
    assert [(e.kind, e.detail, e.peer, e.function, e.number, e.size, e.duration) for e in found] == [
        (Kind.SUBMIT, 5, 1, "function 2", 4, 100, None),
        (Kind.SUBMIT, 5, 1, "function 2", 5, 30, None),
        (Kind.GONE, 0, 9, "", 0, 0, None),
        (Kind.SUBMIT, 5, 1, "function 2", 6, 0, None),
        (Kind.UPDATE, 0, 0, "function 2", 5, 50, None),
    ]
    assert [round(e.at * 1e6) for e in found] == [10, 10, 17, 20, 20]
    assert len(problems) == 1


def test_what_is_left_out(tmp_path: Path) -> None:
    """The time that is the same as before, and a duration that is not known."""
    start = [int(Kind.START), 0]
    parts = [
        bytes([*start, *varint(300), 1, 2, 4, 0]),
        bytes([start[0] | 0x20, 0, 1, 2, 2, 7]),
        bytes([start[0] | 0x60, 0, 1, 2, 1]),
        bytes([start[0] | 0x40, 0, 5, 1, 2, 1]),
    ]
    found, problems = read(written(tmp_path / "r", header(), block(parts)))
    assert problems == []
    assert [(round(e.at * 1e6), e.number, e.duration) for e in found] == [
        (300, 2, 0),
        (300, 3, 7),
        (300, 2, None),
        (305, 1, None),
    ]


def test_function_whose_name_is_lost(tmp_path: Path) -> None:
    reset = bytes([Kind.UNREGISTER, 0, 0, 1, 12])
    found, problems = read(written(tmp_path / "r", header(), block([reset])))
    assert [event.function for event in found] == ["function 12"]
    assert problems == []
