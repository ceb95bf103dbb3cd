"""The packet format from Python: the same parser and encoder that the I/O threads use."""

from libc.stdint cimport uint8_t, uint32_t
from libc.string cimport memset

from gearfast._native.c_core cimport gf_errors


class PacketError(ValueError):
    """The bytes are no packet; `code` is what a server's ERROR packet says of it."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


cdef object error_of(uint32_t error):
    cdef bytes body = gf_errors[error].body[:gf_errors[error].size]
    code, text = body.decode().split("\0")
    return PacketError(code, text)


def type_names() -> dict[int, str]:
    """The 42 packet types: number to name."""
    return {number: gf_packets[number].name.decode() for number in range(1, GF_PACKET_TYPES)}


def head(const uint8_t[::1] data not None) -> tuple[bool, int, int] | None:
    """What the first 12 bytes announce: is it a request, the packet type, the body's size in bytes.

    None while there are fewer than 12. Raises PacketError when they begin no packet.
    """
    cdef packet_head found
    if data.shape[0] < GF_HEADER_SIZE:
        return None
    cdef uint32_t error = parse_head(&data[0], &found)
    if error != GF_ERROR_NONE:
        raise error_of(error)
    return found.magic == GF_MAGIC_REQ, found.type, found.size


def arguments(unsigned int packet_type, bytes body not None) -> tuple[bytes, ...]:
    """Cut a body into the arguments of its type; data, where the type has any, comes last, empty or not.

    Raises PacketError for a missing terminator or an argument over 8191 bytes, ValueError for a type that
    does not exist.
    """
    cdef gf_event event
    if packet_type == 0 or packet_type >= GF_PACKET_TYPES:
        raise ValueError(f"no packet has the type {packet_type}")
    memset(&event, 0, sizeof(event))
    event.type = <uint8_t>packet_type
    event.size = <uint32_t>len(body)
    cdef uint32_t error = cut_arguments(<const uint8_t *><const char *>body, &event)
    if error != GF_ERROR_NONE:
        raise error_of(error)
    if gf_packets[packet_type].arguments == 0 and not gf_packets[packet_type].data:
        return ()
    cdef const gf_packet_info *info = &gf_packets[packet_type]
    if info.data and info.arguments == 1 and event.argument1 == event.size:
        return body, b""
    fixed = body[: event.data].split(b"\0")
    fixed.pop()
    return (*fixed, body[event.data :])


def pack(bint request, unsigned int packet_type, *parts: bytes) -> bytes:
    """A packet of these arguments, NUL between them. Raises ValueError for a type that does not exist."""
    cdef uint8_t header[12]
    if packet_type == 0 or packet_type >= GF_PACKET_TYPES:
        raise ValueError(f"no packet has the type {packet_type}")
    cdef bytes body = b"\0".join(parts)
    put_head(header, GF_MAGIC_REQ if request else GF_MAGIC_RES, packet_type, <uint32_t>len(body))
    return header[:12] + body
