from libc.stdint cimport uint32_t, uint64_t

from gearfast._native.batch cimport record_batch
from gearfast._native.c_core cimport gf_core
from gearfast._native.sqlite_link cimport job_row, sqlite_link
from gearfast._native.store_lanes cimport store_lanes

cdef enum written:
    WRITTEN
    NOTHING  # the server has stopped, or nothing has gathered
    FAILED


cdef class Journal:
    cdef store_lanes lanes
    cdef uint64_t run  # names this run in the keys made here
    cdef record_batch batch  # the last that was taken
    cdef object closed  # threading.Event: the store's thread has ended
    cdef bytes function  # of the last record
    cdef bint is_used

    cdef end(self, gf_core *core)
    cdef want(self, uint32_t what)
    cdef written write_next(self, sqlite_link *link, bint wait) noexcept nogil
    cdef gather(self)
    cdef bytes function_of(self, const job_row *row)
    cdef tuple add_of(self, const job_row *row)
    cdef say(self, int kind)
    cdef bint restore_one(
        self, bytes key, bytes function, int priority, bytes data, object when, object reducer
    ) except -1
