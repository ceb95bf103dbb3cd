"""The packet format from Python: the same parser and encoder that the I/O threads use."""

from libc.stdint cimport uint8_t, uint32_t
from libc.string cimport memchr, memset

from gearfast._native.c_core cimport gf_errors

cdef Py_ssize_t BODY_MAX = 0xFFFFFFFF
cdef Py_ssize_t LINE_MAX = 1 << 20  # of a text line from a server: listings of functions have long ones


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
    if packet_type == 0 or packet_type >= GF_PACKET_TYPES:
        raise ValueError(f"no packet has the type {packet_type}")
    return cut(packet_type, <const uint8_t *><const char *>body, <uint32_t>len(body))


cdef tuple cut(uint32_t packet_type, const uint8_t *body, uint32_t size):
    """The arguments of a packet of this type, which exists."""
    cdef const gf_packet_info *info = &gf_packets[packet_type]
    cdef gf_event event
    memset(&event, 0, sizeof(event))
    event.type = <uint8_t>packet_type
    event.size = size
    cdef uint32_t error = cut_arguments(body, &event)
    if error != GF_ERROR_NONE:
        raise error_of(error)
    if info.arguments == 0 and not info.data:
        return ()
    if event.data == 0:
        return (body[:size],)
    if info.arguments == 1:
        return body[: event.argument1], body[event.data : size] if event.argument1 < size else b""
    fixed = body[: event.data - 1].split(b"\0")
    fixed.append(body[event.data : size])
    return tuple(fixed)


cdef Py_ssize_t line_end(const uint8_t *begin, Py_ssize_t at, Py_ssize_t size) except -2:
    """Where the text line that begins at `at` has its LF; -1 while it has none."""
    cdef const void *found = memchr(begin + at, c"\n", size - at)
    if found != NULL:
        return <const uint8_t *>found - begin
    if size - at > LINE_MAX:
        raise PacketError("ERR LINE_TOO_LONG", "Text line too long")
    return -1


cdef int read_head(const uint8_t *begin, bint request, packet_head *head) except -1:
    """Read 12 bytes that must begin a packet of this direction."""
    cdef uint32_t error = parse_head(begin, head)
    if head.magic != <uint32_t>(GF_MAGIC_REQ if request else GF_MAGIC_RES):
        raise PacketError("INVALID_MAGIC", f"Not the magic of a {'request' if request else 'response'}")
    if error != GF_ERROR_NONE:
        raise error_of(error)
    return 0


def split(
    bint request, bytes data not None
) -> tuple[list[tuple[int, tuple[bytes, ...]]], int, PacketError | None]:
    """Cut what was received into packets: each its type and its arguments, a text line as type 0.

    Returns the packets, how many bytes they took, and what is wrong with the bytes that follow if they begin
    no packet of this direction.
    """
    cdef const uint8_t *begin = <const uint8_t *><const char *>data
    cdef Py_ssize_t at = 0, end, size = len(data)
    cdef packet_head head
    cdef list packets = []
    try:
        while at < size:
            if begin[at] != 0:
                end = line_end(begin, at, size)
                if end < 0:
                    break
                packets.append((0, (begin[at:end].removesuffix(b"\r"),)))
                at = end + 1
                continue
            if size - at < GF_HEADER_SIZE:
                break
            read_head(begin + at, request, &head)
            end = at + GF_HEADER_SIZE + head.size
            if end > size:
                break
            packets.append((head.type, cut(head.type, begin + at + GF_HEADER_SIZE, head.size)))
            at = end
    except PacketError as error:
        return packets, at, error
    return packets, at, None


def pack(bint request, unsigned int packet_type, *parts: bytes) -> bytes:
    """A packet of these arguments, NUL between them. Raises ValueError for a type that does not exist."""
    cdef uint8_t header[12]
    if packet_type == 0 or packet_type >= GF_PACKET_TYPES:
        raise ValueError(f"no packet has the type {packet_type}")
    cdef bytes body = b"\0".join(parts)
    if len(body) > BODY_MAX:
        raise ValueError(f"a packet holds 4 GiB, not {len(body)} bytes")
    put_head(header, GF_MAGIC_REQ if request else GF_MAGIC_RES, packet_type, <uint32_t>len(body))
    return header[:12] + body
