"""Which connections have something to be read, and whose turn it is.

Those that say little go first. Those that send in bulk take turns behind them, each a share at a time, and
only while little is under way: a flood from one, or from hundreds, costs the others next to nothing.
"""

from gearfast._native.connection cimport connection, io_thread, reader_queue
from gearfast._native.events cimport events_ahead, events_full


cdef enum:
    LIGHT_IN_A_ROW = 64  # however many they are, bulk connections have a turn among them


cdef void append(reader_queue *queue, connection *conn) noexcept nogil:
    conn.next_reader = NULL
    if queue.last != NULL:
        queue.last.next_reader = conn
    else:
        queue.first = conn
    queue.last = conn


cdef connection *take(reader_queue *queue) noexcept nogil:
    cdef connection *conn = queue.first
    queue.first = conn.next_reader
    if queue.first == NULL:
        queue.last = NULL
    conn.is_queued = False
    return conn


cdef void readers_add(io_thread *io, connection *conn) noexcept nogil:
    """Have its turn come. Does nothing for one that is queued already."""
    if conn.is_queued:
        return
    conn.is_queued = True
    append(&io.bulk_readers if conn.is_bulk else &io.light_readers, conn)


cdef inline bint can_go_first(const io_thread *io) noexcept nogil:
    return io.light_readers.first != NULL and not events_full(io)


cdef inline bint bulk_can_go(const io_thread *io) noexcept nogil:
    return io.bulk_readers.first != NULL and not events_ahead(io)


cdef connection *readers_next(io_thread *io) noexcept nogil:
    """Who is to be read now, taken out of its queue; NULL: nobody. It may have been closed meanwhile."""
    cdef bint bulk_may = bulk_can_go(io)
    if can_go_first(io) and not (bulk_may and io.light_in_a_row >= LIGHT_IN_A_ROW):
        io.light_in_a_row += 1
        return take(&io.light_readers)
    if not bulk_may:
        return NULL
    io.light_in_a_row = 0
    return take(&io.bulk_readers)


cdef bint readers_can_go(const io_thread *io) noexcept nogil:
    return can_go_first(io) or bulk_can_go(io)


cdef bint readers_wait(const io_thread *io) noexcept nogil:
    """Somebody is queued, whether it may be read now or not."""
    return io.light_readers.first != NULL or io.bulk_readers.first != NULL
