from libc.stdint cimport uint8_t, uint32_t

from gearfast._native.c_core cimport gf_event
from gearfast._native.connection cimport connection, io_thread


cdef int events_init(io_thread *io) noexcept nogil
cdef void events_free(io_thread *io) noexcept nogil
cdef gf_event *event_new(io_thread *io, connection *conn, uint8_t kind, uint32_t weight) noexcept nogil
cdef bint events_hand_over(io_thread *io) noexcept nogil
cdef bint events_full(const io_thread *io) noexcept nogil
cdef bint events_ahead(const io_thread *io) noexcept nogil
cdef bint events_stalled(const io_thread *io) noexcept nogil
cdef void events_block(io_thread *io) noexcept nogil
