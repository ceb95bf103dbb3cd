from libc.stdint cimport int64_t, uint32_t, uint64_t

from gearfast._native.c_thread cimport gf_bell
from gearfast._native.connection cimport connection, io_thread


cdef struct io_options:
    uint32_t number
    uint32_t stride
    uint32_t max_packet
    uint64_t max_output
    uint64_t memory_limit
    int64_t packet_timeout  # ms
    int log_level


cdef int io_start(io_thread *io, const io_options *options, gf_bell *log_reader) noexcept nogil
cdef void io_drop(io_thread *io) noexcept nogil
cdef void io_free(io_thread *io) noexcept nogil
cdef void io_take_arrivals(io_thread *io) noexcept nogil
cdef void io_ready(io_thread *io, connection *conn, uint32_t events) noexcept nogil
cdef void io_receive(io_thread *io) noexcept nogil
cdef void io_hand_over(io_thread *io) noexcept nogil
cdef void io_take_effects(io_thread *io) noexcept nogil
cdef void io_send(io_thread *io) noexcept nogil
cdef uint64_t io_patience(io_thread *io) noexcept nogil
cdef bint io_has_work(io_thread *io) noexcept nogil
cdef void io_before_sleep(io_thread *io) noexcept nogil
