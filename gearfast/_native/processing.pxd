from libc.stdint cimport uint32_t, uint64_t

from gearfast._native.c_base cimport gf_counter, gf_flags
from gearfast._native.c_core cimport gf_core, gf_core_counts, gf_core_options, gf_outside
from gearfast._native.c_recorder cimport gf_recorder
from gearfast._native.c_thread cimport gf_bell, gf_log
from gearfast._native.connection cimport io_thread
from gearfast._native.store_lanes cimport store_lanes

cdef enum:
    REPORT_DRAINED = 1
    REPORT_SHUTDOWN = 2
    REPORT_SHUTDOWN_GRACEFUL = 4
    WANT_DRAIN = 1
    COUNTS = 18  # numbers in gf_core_counts


cdef struct processing_thread:
    # immutable after start
    io_thread *io
    uint32_t io_count
    gf_bell *bell
    gf_bell *main_bell
    store_lanes *store  # NULL: there is none
    const gf_counter *open_connections
    const gf_counter *refused_connections
    bint limits_memory
    gf_recorder *recorder  # NULL: nothing may be recorded
    # owned
    gf_core *core
    gf_log log
    bint is_drained
    gf_outside outside  # its limits are immutable
    # raised by the main thread
    gf_flags wants
    # raised for the main thread
    gf_flags reports
    # written here, read by anybody
    gf_counter counts[COUNTS]


cdef int processing_start(
    processing_thread *proc, const gf_core_options *options, gf_bell *main_bell
) noexcept nogil
cdef void processing_free(processing_thread *proc) noexcept nogil
cdef void processing_step(processing_thread *proc) noexcept nogil
cdef bint processing_has_work(processing_thread *proc) noexcept nogil
cdef uint64_t processing_patience(processing_thread *proc) noexcept nogil
