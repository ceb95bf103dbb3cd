"""The packet parser and encoder: pure functions over bytes, for whoever reads or writes packets."""

from libc.stdint cimport uint8_t, uint32_t
from libc.string cimport memcpy

from gearfast._native.c_base cimport gf_find_nul, gf_hash, gf_load_be32, gf_put_u32, gf_seed, gf_store_be32
from gearfast._native.c_core cimport (
    GF_ARGUMENT_MAX,
    GF_CAN_DO,
    GF_CANT_DO,
    GF_CAN_DO_TIMEOUT,
    GF_ERROR_ARGUMENT_TOO_LARGE,
    GF_ERROR_MAGIC,
    GF_ERROR_MISSING_ARGUMENT,
    GF_ERROR_NONE,
    GF_ERROR_UNKNOWN_COMMAND,
    GF_HEADER_SIZE,
    GF_MAGIC_REQ,
    GF_MAGIC_RES,
    GF_PACKET_TYPES,
    gf_event,
    gf_packet_info,
    gf_packets,
)


cdef struct packet_head:
    uint32_t magic
    uint32_t type
    uint32_t size  # of the body


cdef inline uint32_t parse_head(const uint8_t *bytes, packet_head *head) noexcept nogil:
    """Read 12 bytes; GF_ERROR_MAGIC or GF_ERROR_UNKNOWN_COMMAND when they begin no packet."""
    head.magic = gf_load_be32(bytes)
    head.type = gf_load_be32(bytes + 4)
    head.size = gf_load_be32(bytes + 8)
    if head.magic != GF_MAGIC_REQ and head.magic != GF_MAGIC_RES:
        return GF_ERROR_MAGIC
    if head.type == 0 or head.type >= GF_PACKET_TYPES:
        return GF_ERROR_UNKNOWN_COMMAND
    return GF_ERROR_NONE


cdef inline uint32_t cut_arguments(const uint8_t *body, gf_event *event) noexcept nogil:
    """Find where the fixed arguments of event.type end within event.size bytes.

    GF_ERROR_MISSING_ARGUMENT when a terminator is missing, GF_ERROR_ARGUMENT_TOO_LARGE past 8191 bytes. A
    handle with neither terminator nor data is taken, since Perl's Gearman::Worker sends an empty result so.
    """
    cdef const gf_packet_info *info = &gf_packets[event.type]
    cdef uint32_t terminated = info.arguments if info.data or info.arguments == 0 else info.arguments - 1
    cdef uint32_t at = 0, end, index
    cdef const uint8_t *nul
    event.argument1 = event.argument2 = event.size
    for index in range(terminated):
        nul = gf_find_nul(body + at, event.size - at)
        if nul == NULL and info.arguments == 1 and event.size > 0:
            event.data = event.size
            return GF_ERROR_NONE
        if nul == NULL:
            return GF_ERROR_MISSING_ARGUMENT
        end = <uint32_t>(nul - body)
        if end - at > GF_ARGUMENT_MAX:
            return GF_ERROR_ARGUMENT_TOO_LARGE
        if index == 0:
            event.argument1 = end
        elif index == 1:
            event.argument2 = end
        at = end + 1
    event.data = at
    if not info.data and event.size - at > GF_ARGUMENT_MAX:
        return GF_ERROR_ARGUMENT_TOO_LARGE
    return GF_ERROR_NONE


cdef inline void hash_arguments(const gf_seed *seed, const uint8_t *body, gf_event *event) noexcept nogil:
    """Hash the function and the unique here, so that the processing thread need not."""
    cdef const uint8_t *unique
    cdef uint32_t size
    if gf_packets[event.type].submit:
        event.function_hash = gf_hash(seed, body, event.argument1)
        unique = body + event.argument1 + 1
        size = event.argument2 - event.argument1 - 1
        if size == 1 and unique[0] == c"-":
            unique = body + event.data
            size = event.size - event.data
        if size > 0:
            event.unique_hash = gf_hash(seed, unique, size)
    elif event.type == GF_CAN_DO or event.type == GF_CANT_DO or event.type == GF_CAN_DO_TIMEOUT:
        event.function_hash = gf_hash(seed, body, event.argument1)


cdef inline void put_head(uint8_t *out, uint32_t magic, uint32_t type, uint32_t size) noexcept nogil:
    """Write the 12 bytes in front of a body of `size` bytes."""
    gf_store_be32(out, magic)
    gf_store_be32(out + 4, type)
    gf_store_be32(out + 8, size)
