from libc.stdint cimport uint32_t

from gearfast._native.connection cimport SLOT_CHUNK, connection, io_thread


cdef inline connection *slot_at(const io_thread *io, uint32_t index) noexcept nogil:
    """The connection in the index'th slot of this thread, used or free."""
    return &io.chunks[index // SLOT_CHUNK][index % SLOT_CHUNK]


cdef connection *slots_take(io_thread *io) noexcept nogil
cdef void slots_release(io_thread *io, connection *conn) noexcept nogil
cdef void slots_drop(io_thread *io) noexcept nogil
cdef void slots_free(io_thread *io) noexcept nogil
