from gearfast._native.connection cimport connection, io_thread


cdef void readers_add(io_thread *io, connection *conn) noexcept nogil
cdef connection *readers_next(io_thread *io) noexcept nogil
cdef bint readers_can_go(const io_thread *io) noexcept nogil
cdef bint readers_wait(const io_thread *io) noexcept nogil
