from libc.stdint cimport uint32_t, uint64_t

from gearfast._native.c_core cimport gf_core, gf_record, gf_store_event
from gearfast._native.store_lanes cimport store_lanes


cdef class Journal:
    cdef store_lanes lanes
    cdef uint64_t run  # names this run in the keys made here
    cdef uint64_t mark  # of the last record taken
    cdef uint64_t bytes  # of the blocks of records taken and not committed
    cdef gf_record *records  # room for those of a batch
    cdef object closed  # threading.Event: the store's thread has ended
    cdef bytes function  # of the last record
    cdef bint is_used

    cdef end(self, gf_core *core)
    cdef want(self, uint32_t what)
    cdef gather(self, const gf_record *records, uint32_t count)
    cdef bytes function_of(self, const gf_record *record)
    cdef bytes key_of(self, const gf_record *record)
    cdef tuple row_of(self, const gf_record *record)
    cdef bint send(self, gf_store_event *event) noexcept
    cdef say(self, int kind)
    cdef bint restore_one(
        self, bytes key, bytes function, int priority, bytes data, object when, object reducer
    ) except -1
