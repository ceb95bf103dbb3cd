"""An I/O thread's table of connections.

Slots are never moved, since the poller's tags are their addresses, and never given back to the system.
"""

from libc.stdint cimport uint32_t
from libc.stdlib cimport calloc, free, realloc
from posix.unistd cimport close

from gearfast._native.c_base cimport gf_counter_add
from gearfast._native.connection cimport CONNECTION_FREE, SLOT_CHUNK, connection, io_thread
from gearfast._native.input cimport input_drop
from gearfast._native.output cimport output_drop


cdef bint add_chunk(io_thread *io) noexcept nogil:
    cdef connection **grown = <connection **>realloc(io.chunks, (io.chunk_count + 1) * sizeof(connection *))
    cdef connection *chunk
    cdef int index
    if grown == NULL:
        return False
    io.chunks = grown
    chunk = <connection *>calloc(SLOT_CHUNK, sizeof(connection))
    if chunk == NULL:
        return False
    io.chunks[io.chunk_count] = chunk
    for index in range(SLOT_CHUNK - 1, -1, -1):
        chunk[index].slot = (io.chunk_count * SLOT_CHUNK + index) * io.stride + io.number
        chunk[index].next_free = io.free
        io.free = &chunk[index]
    io.chunk_count += 1
    return True


cdef connection *slots_take(io_thread *io) noexcept nogil:
    """A free slot with its next generation; NULL when memory is out."""
    cdef connection *conn
    if io.free == NULL and not add_chunk(io):
        return NULL
    conn = io.free
    io.free = conn.next_free
    conn.generation += 1
    return conn


cdef void slots_release(io_thread *io, connection *conn) noexcept nogil:
    """The connection is over and forgotten by everybody."""
    conn.state = CONNECTION_FREE
    conn.next_free = io.free
    io.free = conn
    gf_counter_add(io.open_connections, -1)


cdef void slots_drop(io_thread *io) noexcept nogil:
    """Close every connection and let go of its blocks."""
    cdef connection *conn
    cdef uint32_t index
    for index in range(io.chunk_count * SLOT_CHUNK):
        conn = slot_at(io, index)
        input_drop(io, conn)
        output_drop(io, conn)
        if conn.state != CONNECTION_FREE and conn.fd >= 0:
            close(conn.fd)


cdef void slots_free(io_thread *io) noexcept nogil:
    cdef uint32_t chunk
    for chunk in range(io.chunk_count):
        free(io.chunks[chunk])
    free(io.chunks)
