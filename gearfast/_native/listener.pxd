from libc.stdint cimport int64_t, uint32_t, uint64_t

from gearfast._native.c_base cimport gf_counter, gf_flags
from gearfast._native.c_thread cimport gf_bell, gf_log, gf_poller
from gearfast._native.connection cimport io_thread

cdef enum:
    LISTENERS_MAX = 64
    WANT_CLOSE = 1


cdef struct listener_thread:
    # immutable after start
    gf_poller *poller
    gf_bell *bell
    io_thread *io
    uint32_t io_count
    uint64_t max_connections  # 0: no limit
    uint64_t first_tag  # of the poller, for descriptors[0]; the others follow
    # owned
    int descriptors[LISTENERS_MAX]
    uint32_t count
    uint32_t next_io
    bint is_paused
    int64_t resume_at  # ms
    gf_log log
    # raised by the main thread
    gf_flags wants
    # of the whole server; written by several threads
    gf_counter open_connections
    # written here, read by anybody
    gf_counter accepted
    gf_counter refused


cdef int listener_start(listener_thread *listener, gf_bell *log_reader, int log_level) noexcept nogil
cdef void listener_free(listener_thread *listener) noexcept nogil
cdef bint listener_watch(listener_thread *listener) noexcept nogil
cdef void listener_ready(listener_thread *listener, uint32_t index) noexcept nogil
cdef void listener_step(listener_thread *listener) noexcept nogil
cdef bint listener_has_work(listener_thread *listener) noexcept nogil
cdef uint64_t listener_patience(listener_thread *listener) noexcept nogil
