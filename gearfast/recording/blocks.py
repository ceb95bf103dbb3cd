"""The events in one block of a recording."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from gearfast.recording.events import PRIORITY_MASK, Event, Kind, Submit

SAME_TIME, NO_DURATION, HAS_BYTES = 0x20, 0x40, 0x80
LONGEST_VARINT = 10
LARGEST = 2**32 - 1  # of all but times and durations, which have 64 bits
LATEST = 2**53  # microseconds: floats tell them apart until then
_PRIORITIES = 3
_PEER, _FUNCTION, _NUMBER, _SIZE, _DURATION = 1, 2, 4, 8, 16

_FIELDS = {
    Kind.FUNCTION: _FUNCTION,
    Kind.CONNECT: _PEER,
    Kind.GONE: _PEER,
    Kind.REGISTER: _PEER | _FUNCTION | _DURATION,
    Kind.UNREGISTER: _PEER | _FUNCTION,
    Kind.RESET: _PEER,
    Kind.SUBMIT: _PEER | _FUNCTION | _NUMBER | _SIZE | _DURATION,
    Kind.START: _PEER | _FUNCTION | _NUMBER | _DURATION,
    Kind.UPDATE: _FUNCTION | _NUMBER | _SIZE,
    Kind.END: _FUNCTION | _NUMBER | _SIZE | _DURATION,
    Kind.SKIPPED: _SIZE,
    Kind.AGAIN: _SIZE,
}


def _first_bytes() -> Iterator[tuple[int, tuple[Kind, int]]]:
    for kind, fields in _FIELDS.items():
        left_out = (0, NO_DURATION) if fields & _DURATION else (0,)
        for one, two, three in product((0, SAME_TIME), left_out, (0, HAS_BYTES)):
            yield int(kind) | one | two | three, (kind, fields & ~_DURATION if two else fields)


# The kind and the fields that are there, looked up once for each event.
_KINDS = dict(_first_bytes())


class BlockError(ValueError):
    """Bytes that are no events, though their checksum is right."""


class Block(NamedTuple):
    """What stands in a block's head, and the bytes behind it; `began` in microseconds."""

    began: int
    events: int
    payload: bytes


def events_of(block: Block, names: dict[int, str]) -> list[Event]:
    """All events in order; names of functions are added to `names`. Raises BlockError."""
    decoder = _Decoder(block, names)
    try:
        found = [decoder.next() for _ in range(block.events)]
    except IndexError:
        raise BlockError("an event is cut off") from None
    if decoder.at != len(block.payload):
        raise BlockError(f"{len(block.payload) - decoder.at} bytes are left over")
    return [event for event in found if event is not None]


def _check_submit(detail: int) -> None:
    if detail & PRIORITY_MASK >= _PRIORITIES:
        raise BlockError(f"{detail & PRIORITY_MASK} is no priority")
    if detail & Submit.JOINED and not detail & Submit.UNIQUE:
        raise BlockError("a job without a unique key is joined")


class _Decoder:
    def __init__(self, block: Block, names: dict[int, str]) -> None:
        self.at = 0
        self._bytes = block.payload
        self._time = block.began
        self._number = 0
        self._submit: tuple[int, int, int] | None = None  # detail, peer and function of the last one
        self._names = names

    def _varint(self) -> int:
        payload, at = self._bytes, self.at
        byte = payload[at]
        at += 1
        value = byte & 0x7F
        shift = 7
        while byte >= 0x80:
            if shift >= 7 * LONGEST_VARINT:
                raise BlockError("a number is too long")
            byte = payload[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
        if value >> 64:
            raise BlockError("a number is too large")
        self.at = at
        return value

    def _next_number(self) -> int:
        apart = self._varint()
        self._number += (apart >> 1) ^ -(apart & 1)
        return self._number

    def _submit_again(self) -> tuple[Kind, int, int, int, int]:
        """All of an AGAIN but its size."""
        if self._submit is None:
            raise BlockError("a submit comes again before the first")
        self._number += 1
        return Kind.SUBMIT, *self._submit, self._number

    def _taken(self) -> tuple[bytes, bytes]:
        """The unique and the rest."""
        unique, size = self._varint(), self._varint()
        if self.at + size > len(self._bytes) or unique > size:
            raise BlockError("bytes are cut off")
        found = self._bytes[self.at : self.at + size]
        self.at += size
        return found[:unique], found[unique:]

    def next(self) -> Event | None:
        """None where a function was named."""
        first, detail = self._bytes[self.at], self._bytes[self.at + 1]
        if first not in _KINDS:
            raise BlockError(f"{first} is no kind of event")
        kind, fields = _KINDS[first]
        self.at += 2
        if not first & SAME_TIME:
            self._time += self._varint()
        peer = self._varint() if fields & _PEER else 0
        function = self._varint() if fields & _FUNCTION else -1
        number = self._next_number() if fields & _NUMBER else 0
        size = self._varint() if fields & _SIZE else 0
        duration = self._varint() if fields & _DURATION else None
        if kind is Kind.AGAIN:
            kind, detail, peer, function, number = self._submit_again()
        elif kind is Kind.SUBMIT:
            _check_submit(detail)
            self._submit = detail, peer, function
        if not 0 <= number <= LARGEST or max(peer, function, size) > LARGEST or self._time > LATEST:
            raise BlockError("a number is too large")
        unique, data = self._taken() if first & HAS_BYTES else (None, None)
        if kind is Kind.FUNCTION:
            self._names[function] = (data or b"").decode("utf-8", "backslashreplace")
            return None
        if kind is Kind.SUBMIT and data is not None:
            if size > len(data):
                raise BlockError(f"a workload of {size} bytes has {len(data)}")
            data = data[len(data) - size :]
        name = "" if function < 0 else self._names.get(function) or f"function {function}"
        return Event(self._time / 1e6, kind, detail, peer, name, number, size, duration, unique, data)
