"""The files of a recording, of any bytes: what is whole is summed up as a mix that can be read, and replayed;
what is damaged is told, or the whole is refused in one line.

The first byte holds the header's flags. What follows are pieces between MARKs. The first byte of each says
what it is: a block with a right checksum (then its beginning and its number of events come first, a byte
each), bytes as they are, or another file (then its part).
"""

from __future__ import annotations

import struct
import tempfile
import zlib
from pathlib import Path

from gearfast.mix import parse
from gearfast.recording import Recording
from gearfast.recording.reader import BLOCK_MAGIC, MAGIC, VERSION
from gearfast.replay import gather
from gearfast.replay.native import Held
from gearfast.server.errors import ExitCode
from tests.fuzz.spoken import spoken
from tests.fuzz.talk import MARK

BLOCK, BYTES, FILE = range(3)


def header(flags: int, part: int) -> bytes:
    body = struct.pack("<8sHHIQQ", MAGIC, VERSION, flags, part, 1_000_000, 5)
    return body + struct.pack("<I", zlib.adler32(body))


def block(began: int, count: int, events: bytes) -> bytes:
    summed = struct.pack("<IQ", count, began) + events
    return struct.pack("<4sII", BLOCK_MAGIC, len(events), zlib.adler32(summed)) + summed


def files_of(data: bytes) -> list[bytes]:
    """What the files hold."""
    flags = data[0] if data else 0
    files = [header(flags, 0)]
    for piece in data[1:].split(MARK):
        kind, rest = (piece[0] % 3, piece[1:]) if piece else (BYTES, b"")
        if kind == FILE:
            files.append(header(flags, rest[0] if rest else len(files)))
        elif kind == BLOCK and len(rest) >= 2:
            files[-1] += block(rest[0], rest[1], rest[2:])
        else:
            files[-1] += rest
    return files


def play(data: bytes) -> None:
    """Raises AssertionError, or whatever escapes, where the files are dealt with badly."""
    with tempfile.TemporaryDirectory(prefix="gearfast-") as folder:
        paths = []
        for number, content in enumerate(files_of(data)):
            paths.append(Path(folder, f"recording-{number}"))
            paths[-1].write_bytes(content)
        said = spoken(["mix", "make", *map(str, paths)], "recording", ExitCode.DATA)
        if said.code == ExitCode.OK:
            assert parse(said.output).functions
        check(Recording(paths), said.complaints if said.code == ExitCode.OK else None)


def check(recording: Recording, complaints: str | None) -> None:
    """Two passes find the same; it can be replayed."""
    events = list(recording.events())
    assert complaints is None or complaints.count("\n") == len(recording.problems), complaints
    assert list(recording.events()) == events
    plan = gather(events)
    assert len(plan.jobs) <= len(events)
    Held(plan, 0.5).plan("127.0.0.1", 1, 1.0)
