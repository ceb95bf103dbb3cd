from libc.stdint cimport uint32_t

from gearfast._native.c_core cimport gf_effect
from gearfast._native.connection cimport connection, io_thread


cdef bint output_effect(io_thread *io, connection *conn, const gf_effect *effect) noexcept nogil
cdef int output_send(io_thread *io, connection *conn) noexcept nogil
cdef void output_drop(io_thread *io, connection *conn) noexcept nogil
