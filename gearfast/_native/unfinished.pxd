from libc.stdint cimport uint64_t

from gearfast._native.connection cimport connection, io_thread

cdef void unfinished_begin(io_thread *io, connection *conn) noexcept nogil
cdef void unfinished_end(io_thread *io, connection *conn) noexcept nogil
cdef connection *unfinished_late(io_thread *io) noexcept nogil
cdef uint64_t unfinished_patience(const io_thread *io) noexcept nogil
