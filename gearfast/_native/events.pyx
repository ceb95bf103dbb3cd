"""What an I/O thread tells the processing thread, and how much of that is under way.

Events of bulk connections take a way of their own, so that those of the others need not wait behind them.
Every event has a weight, in bytes: what it holds, and what the work it makes is worth.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memset

from gearfast._native.c_base cimport GF_NOMEM, GF_OK, gf_counter_get
from gearfast._native.c_core cimport gf_event
from gearfast._native.c_thread cimport (
    gf_lane_block,
    gf_lane_flush,
    gf_lane_free,
    gf_lane_init,
    gf_lane_push,
    gf_lane_stalled,
)
from gearfast._native.connection cimport connection, event_way, io_thread


cdef enum:
    SMALL_EVENTS = 1024
    BULK_EVENTS = 2048
    EVENT_WEIGHT = 128  # of one that holds nothing
    MOST = 33554432  # under way
    MOST_BULK = 262144  # under way when bulk connections are read


cdef int events_init(io_thread *io) noexcept nogil:
    """GF_NOMEM; whatever the result, events_free undoes it."""
    if gf_lane_init(&io.small.lane, SMALL_EVENTS, sizeof(gf_event)) != GF_OK:
        return GF_NOMEM
    return gf_lane_init(&io.bulk.lane, BULK_EVENTS, sizeof(gf_event))


cdef void events_free(io_thread *io) noexcept nogil:
    gf_lane_free(&io.small.lane)
    gf_lane_free(&io.bulk.lane)


cdef inline event_way *way_of(io_thread *io, const connection *conn) noexcept nogil:
    """The events of a connection stay in order: none overtakes one of the bulk way that is not taken yet."""
    if conn.is_bulk or gf_counter_get(&io.bulk.taken) < conn.bulk_mark:
        return &io.bulk
    return &io.small


cdef gf_event *event_new(io_thread *io, connection *conn, uint8_t kind, uint32_t weight) noexcept nogil:
    """The next event, to be filled in before another one; NULL when memory is out."""
    cdef event_way *way = way_of(io, conn)
    cdef gf_event *event = <gf_event *>gf_lane_push(&way.lane)
    if event == NULL:
        return NULL
    memset(event, 0, sizeof(gf_event))
    event.peer.slot = conn.slot
    event.peer.generation = conn.generation
    event.kind = kind
    event.weight = EVENT_WEIGHT + weight
    way.handed_over += event.weight
    if way == &io.bulk:
        conn.bulk_mark = way.handed_over
    return event


cdef bint events_hand_over(io_thread *io) noexcept nogil:
    """Publish what is new; False if nothing is.

    Small ones first, and all of them or no bulk ones: they may be older events of the same connections.
    """
    cdef bint is_new = gf_lane_flush(&io.small.lane)
    if not gf_lane_stalled(&io.small.lane):
        is_new |= gf_lane_flush(&io.bulk.lane)
    return is_new


cdef inline uint64_t under_way(const event_way *way) noexcept nogil:
    return way.handed_over - gf_counter_get(&way.taken)


cdef bint events_stalled(const io_thread *io) noexcept nogil:
    return gf_lane_stalled(&io.small.lane) or gf_lane_stalled(&io.bulk.lane)


cdef bint events_full(const io_thread *io) noexcept nogil:
    """Nothing is read while this much is on its way."""
    return gf_lane_stalled(&io.small.lane) or under_way(&io.small) + under_way(&io.bulk) > MOST


cdef bint events_ahead(const io_thread *io) noexcept nogil:
    """Bulk connections are not read while this much of theirs is on its way."""
    return events_full(io) or gf_lane_stalled(&io.bulk.lane) or under_way(&io.bulk) > MOST_BULK


cdef void events_block(io_thread *io) noexcept nogil:
    """Before a sleep that is to end when some of them have been taken: see gf_lane_block."""
    gf_lane_block(&io.small.lane)
    gf_lane_block(&io.bulk.lane)
