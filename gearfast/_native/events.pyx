"""What an I/O thread tells the processing thread, and how much of that is under way.

Every event has a weight, in bytes: what it holds, and what the work it makes is worth.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memset

from gearfast._native.c_base cimport gf_counter_get
from gearfast._native.c_core cimport gf_event
from gearfast._native.c_thread cimport gf_lane_push, gf_lane_stalled
from gearfast._native.connection cimport connection, io_thread


cdef enum:
    EVENT_WEIGHT = 128  # of one that holds nothing
    MOST = 33554432  # under way
    AHEAD = 196608  # under way, while there are bulk connections: what a small request waits for


cdef gf_event *event_new(io_thread *io, connection *conn, uint8_t kind, uint32_t weight) noexcept nogil:
    """The next event, to be filled in before another one; NULL when memory is out."""
    cdef gf_event *event = <gf_event *>gf_lane_push(&io.events)
    if event == NULL:
        return NULL
    memset(event, 0, sizeof(gf_event))
    event.peer.slot = conn.slot
    event.peer.generation = conn.generation
    event.kind = kind
    event.weight = EVENT_WEIGHT + weight
    io.handed_over += event.weight
    return event


cdef inline uint64_t under_way(const io_thread *io) noexcept nogil:
    return io.handed_over - gf_counter_get(&io.taken)


cdef bint events_full(const io_thread *io) noexcept nogil:
    """Nothing is read while this much is on its way."""
    return gf_lane_stalled(&io.events) or under_way(io) > MOST


cdef bint events_ahead(const io_thread *io) noexcept nogil:
    """While true, bulk connections are not read, so that what others ask is not kept waiting behind them."""
    return gf_lane_stalled(&io.events) or under_way(io) > AHEAD
