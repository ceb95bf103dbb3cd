from libc.stdint cimport uint64_t

from gearfast._native.batch cimport record_batch
from gearfast._native.sqlite_link cimport sqlite_link

cdef int write_batch(sqlite_link *link, const record_batch *batch, uint64_t run) noexcept nogil
