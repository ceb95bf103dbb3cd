"""The files of one recording, block by block; what is damaged is told and left out."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from gearfast.recording.blocks import Block, BlockError, events_of
from gearfast.recording.events import Event

VERSION = 3
PAYLOADS = 1
MAGIC, BLOCK_MAGIC = b"GEARFREC", b"GFBK"
_HEADER = struct.Struct("<8sHHIQQI")
_HEAD = struct.Struct("<4sIIIQ")
_SUMMED_FROM = 12
LARGEST_BLOCK = 1 << 30
_SEARCHED = 1 << 20


class RecordingError(Exception):
    """A file that is no recording, or does not belong to the others."""


class Header(NamedTuple):
    """`part`: which file of the recording this is, from 0; `started_at`: us since 1970."""

    version: int
    flags: int
    part: int
    started_at: int
    started: int


class Recording:
    """The events of one recording, in the files given, in whatever order.

    Raises RecordingError when a file has no valid header or is of another recording, OSError when it cannot
    be read. What else is wrong is skipped, and told in `problems` once `events` has passed it.
    """

    def __init__(self, paths: Sequence[Path | str]) -> None:
        self._parts = sorted((self._header(Path(path)), Path(path)) for path in paths)
        if not self._parts:
            raise RecordingError("no file is given")
        first = self._parts[0][0]
        for header, path in self._parts:
            if (header.started_at, header.started) != (first.started_at, first.started):
                raise RecordingError(f"{path} is of another recording than {self._parts[0][1]}")
        self.started_at = first.started_at / 1e6  # seconds since 1970
        self.has_payloads = bool(first.flags & PAYLOADS)
        self.problems: list[str] = []

    def events(self) -> Iterator[Event]:
        """What happened, in order. It may be called again, and begins anew."""
        self.problems = []
        names: dict[int, str] = {}
        expected = self._parts[0][0].part
        for header, path in self._parts:
            if header.part != expected:
                self.problems.append(f"{path}: part {header.part} follows part {expected - 1}")
            expected = header.part + 1
            with path.open("rb") as file:
                file.seek(_HEADER.size)
                yield from self._events_in(file, path, names)

    def _events_in(self, file: BinaryIO, path: Path, names: dict[int, str]) -> Iterator[Event]:
        while True:
            at = file.tell()
            try:
                block = _next_block(file)
                if block is None:
                    return
                yield from events_of(block, names)
            except BlockError as error:
                found = _find_block(file, at + 1)
                skipped = f"the rest is left out, {file.seek(0, 2) - at} bytes"
                if found is not None:
                    skipped = f"{found - at} bytes are left out"
                self.problems.append(f"{path}: at byte {at}: {error}; {skipped}")
                if found is None:
                    return
                file.seek(found)

    @staticmethod
    def _header(path: Path) -> Header:
        with path.open("rb") as file:
            head = file.read(_HEADER.size)
        if len(head) < _HEADER.size or not head.startswith(MAGIC):
            raise RecordingError(f"{path} is no recording")
        _magic, version, *rest, checksum = _HEADER.unpack(head)
        if version != VERSION:
            raise RecordingError(f"{path} is of version {version}; this gearfast reads version {VERSION}")
        if zlib.adler32(head[:-4]) != checksum:
            raise RecordingError(f"{path} has a damaged header")
        return Header(version, *rest)


def _next_block(file: BinaryIO) -> Block | None:
    """None at the end of the file. Raises BlockError."""
    head = file.read(_HEAD.size)
    if not head:
        return None
    if len(head) < _HEAD.size:
        raise BlockError("the file is cut off in the head of a block")
    magic, size, checksum, count, began = _HEAD.unpack(head)
    if magic != BLOCK_MAGIC or size > LARGEST_BLOCK:
        raise BlockError("there is no block")
    payload = file.read(size)
    if len(payload) < size:
        raise BlockError("the file is cut off in a block")
    if zlib.adler32(payload, zlib.adler32(head[_SUMMED_FROM:])) != checksum:
        raise BlockError("the checksum of a block is wrong")
    return Block(began, count, payload)


def _find_block(file: BinaryIO, at: int) -> int | None:
    """Where the next block seems to begin, from `at` on."""
    tail = b""
    file.seek(at)
    while chunk := file.read(_SEARCHED):
        found = (tail + chunk).find(BLOCK_MAGIC)
        if found >= 0:
            return at - len(tail) + found
        at += len(chunk)
        tail = chunk[1 - len(BLOCK_MAGIC) :]
    return None
