"""The I/O threads' parser and encoder in loops. Compiled by build.py, called by test_packet.py."""

from libc.stdint cimport uint8_t, uint32_t
from libc.string cimport memset

from gearfast._native.c_base cimport gf_seed
from gearfast._native.c_core cimport GF_ERROR_NONE, GF_HEADER_SIZE, GF_MAGIC_RES, gf_event
from gearfast._native.packet cimport cut_arguments, hash_arguments, packet_head, parse_head, put_head


def parse(bytes data not None, uint32_t times) -> int:
    """Parse the packet so often: header, arguments, hashes. Returns how often it was found faulty."""
    cdef const uint8_t *packet = <const uint8_t *><const char *>data
    cdef packet_head head
    cdef gf_event event
    cdef gf_seed seed
    cdef uint32_t faults = 0, _
    seed.k0, seed.k1 = 1, 2
    with nogil:
        for _ in range(times):
            memset(&event, 0, sizeof(event))
            faults += parse_head(packet, &head) != GF_ERROR_NONE
            event.type = <uint8_t>head.type
            event.size = head.size
            faults += cut_arguments(packet + GF_HEADER_SIZE, &event) != GF_ERROR_NONE
            hash_arguments(&seed, packet + GF_HEADER_SIZE, &event)
    return faults


def put_heads(uint32_t times) -> bytes:
    """Write so many packet headers, one behind the other and round again; returns the last."""
    cdef uint8_t out[256 * 12]
    cdef uint8_t *last = out
    cdef uint32_t index
    with nogil:
        for index in range(times):
            last = out + index % 256 * 12
            put_head(last, GF_MAGIC_RES, 1 + index % 42, index)
    return last[:12]
