"""Connections that have sent the beginning of a packet or of a line, and how long the rest may take.

Each part is timed of its own: the head or the line, the body, the rest of a body that is passed over. All
have the same time, so the list is in the order in which they are due.
"""

from libc.stdint cimport int64_t, uint64_t
from posix.time cimport CLOCK_MONOTONIC

from gearfast._native.c_base cimport gf_counter_bump
from gearfast._native.clock cimport milliseconds
from gearfast._native.connection cimport connection, io_thread


cdef void append(io_thread *io, connection *conn) noexcept nogil:
    conn.next_unfinished = NULL
    conn.previous_unfinished = io.last_unfinished
    if io.last_unfinished != NULL:
        io.last_unfinished.next_unfinished = conn
    else:
        io.first_unfinished = conn
    io.last_unfinished = conn


cdef void take_out(io_thread *io, connection *conn) noexcept nogil:
    if conn.previous_unfinished != NULL:
        conn.previous_unfinished.next_unfinished = conn.next_unfinished
    else:
        io.first_unfinished = conn.next_unfinished
    if conn.next_unfinished != NULL:
        conn.next_unfinished.previous_unfinished = conn.previous_unfinished
    else:
        io.last_unfinished = conn.previous_unfinished


cdef void unfinished_begin(io_thread *io, connection *conn) noexcept nogil:
    """A part has begun and is not complete; the time of the one before is over."""
    if conn.unfinished_since != 0:
        take_out(io, conn)
    else:
        gf_counter_bump(&io.unfinished, 1)
    conn.unfinished_since = milliseconds(CLOCK_MONOTONIC)
    append(io, conn)


cdef void unfinished_end(io_thread *io, connection *conn) noexcept nogil:
    """Everything it sent is complete, or forgotten. Does nothing if it was."""
    if conn.unfinished_since == 0:
        return
    take_out(io, conn)
    conn.unfinished_since = 0
    gf_counter_bump(&io.unfinished, <uint64_t>-1)


cdef connection *unfinished_late(io_thread *io) noexcept nogil:
    """One whose time is over, NULL if there is none. Who is not read from gets more time."""
    cdef connection *conn = io.first_unfinished
    cdef int64_t limit
    if conn == NULL or io.packet_timeout == 0:
        return NULL
    limit = milliseconds(CLOCK_MONOTONIC) - io.packet_timeout
    while conn.unfinished_since <= limit:
        if not (conn.is_paused or conn.is_queued):
            return conn
        unfinished_begin(io, conn)
        conn = io.first_unfinished
    return NULL


cdef uint64_t unfinished_patience(const io_thread *io) noexcept nogil:
    """Milliseconds until one may be late; UINT64_MAX: none is awaited."""
    cdef int64_t left
    if io.first_unfinished == NULL or io.packet_timeout == 0:
        return <uint64_t>-1
    left = io.first_unfinished.unfinished_since + io.packet_timeout - milliseconds(CLOCK_MONOTONIC)
    return <uint64_t>left if left > 0 else 0
