"""The codec in plain Python, for machines without the compiled one; both pass the same tests."""

from __future__ import annotations

from struct import Struct

from gearfast.protocol.packets import (
    ARGUMENT_MAX,
    BODY_MAX,
    FIXED_ARGUMENTS,
    HEADER_SIZE,
    LINE_MAX,
    PACKET_TYPES,
    TEXT_LINE,
    WITH_DATA,
)

HEADER = Struct(">4sII")
_REQUEST, _RESPONSE = b"\0REQ", b"\0RES"


class PacketError(ValueError):
    """The bytes are no packet; `code` is the word that a server's ERROR packet has for it."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def pack(request: bool, packet_type: int, *parts: bytes) -> bytes:
    """A packet of these arguments, NUL between them. Raises ValueError for a type that does not exist."""
    if not 0 < packet_type < PACKET_TYPES:
        raise ValueError(f"no packet has the type {packet_type}")
    body = b"\0".join(parts)
    if len(body) > BODY_MAX:
        raise ValueError(f"a packet holds 4 GiB, not {len(body)} bytes")
    return HEADER.pack(_REQUEST if request else _RESPONSE, packet_type, len(body)) + body


def arguments(packet_type: int, body: bytes) -> tuple[bytes, ...]:
    """Cut a body into the arguments of its type; data, where the type has any, comes last, empty or not.

    Raises PacketError for a missing terminator or an argument over 8191 bytes, ValueError for a type that
    does not exist.
    """
    if not 0 < packet_type < PACKET_TYPES:
        raise ValueError(f"no packet has the type {packet_type}")
    count, has_data = FIXED_ARGUMENTS[packet_type], packet_type in WITH_DATA
    if count == 0 and not has_data:
        return ()
    pieces = tuple(body.split(b"\0", count if has_data else count - 1))
    if len(pieces) < count + has_data:
        # Perl's Gearman::Worker sends an empty result as the bare handle.
        if not (has_data and count == 1 and body):
            raise PacketError("INVALID_PACKET", "An argument is missing or has no terminator")
        return body, b""
    if max(map(len, pieces[:count]), default=0) > ARGUMENT_MAX:
        raise PacketError("ARGUMENT_TOO_LARGE", "Argument value too large")
    return pieces


def split(request: bool, data: bytes) -> tuple[list[tuple[int, tuple[bytes, ...]]], int, PacketError | None]:
    """Cut what was received into packets: each its type and its arguments, a text line as type 0.

    Returns the packets, how many bytes they took, and what is wrong with the bytes that follow if they begin
    no packet of this direction.
    """
    packets: list[tuple[int, tuple[bytes, ...]]] = []
    at = 0
    try:
        while at < len(data) and (found := _next(request, data, at)) is not None:
            at, packet_type, pieces = found
            packets.append((packet_type, pieces))
    except PacketError as error:
        return packets, at, error
    return packets, at, None


def _next(request: bool, data: bytes, at: int) -> tuple[int, int, tuple[bytes, ...]] | None:
    """End, type and arguments of the packet or line at `at`; None while it is incomplete."""
    if data[at]:
        return _line(data, at)
    if len(data) - at < HEADER_SIZE:
        return None
    magic, packet_type, size = HEADER.unpack_from(data, at)
    if magic != (_REQUEST if request else _RESPONSE):
        raise PacketError("INVALID_MAGIC", f"Not the magic of a {'request' if request else 'response'}")
    if not 0 < packet_type < PACKET_TYPES:
        raise PacketError("INVALID_COMMAND", "Invalid command expected")
    end = at + HEADER_SIZE + size
    if len(data) < end:
        return None
    return end, packet_type, arguments(packet_type, data[at + HEADER_SIZE : end])


def _line(data: bytes, at: int) -> tuple[int, int, tuple[bytes, ...]] | None:
    end = data.find(b"\n", at)
    if end < 0:
        if len(data) - at > LINE_MAX:
            raise PacketError("ERR LINE_TOO_LONG", "Text line too long")
        return None
    return end + 1, TEXT_LINE, (data[at:end].removesuffix(b"\r"),)
