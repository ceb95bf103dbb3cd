from libc.stdint cimport uint32_t, uint64_t

from gearfast._native.c_core cimport gf_record
from gearfast._native.sqlite_link cimport job_row
from gearfast._native.store_lanes cimport store_lanes

cdef enum:
    LEFT_OUT = 255  # kind of a record that needs no write, beside GF_RECORD_ADD and _DONE
    MADE_KEY_MOST = 40


cdef struct record_batch:
    gf_record *records
    uint32_t *places  # where the add of a block is among the records, plus 1: a hash table
    uint32_t count
    uint32_t taken  # `count` until the batch was dropped
    uint32_t writes  # records that are not left out
    uint64_t mark  # of the last record
    uint64_t bytes  # of the blocks


cdef int batch_init(record_batch *batch) noexcept nogil
cdef void batch_free(record_batch *batch) noexcept nogil
cdef void batch_take(record_batch *batch, store_lanes *lanes) noexcept nogil
cdef void batch_drop(record_batch *batch, store_lanes *lanes) noexcept nogil
cdef void fill_row(job_row *row, const gf_record *record, uint64_t run, char *made_key) noexcept nogil
