from libc.stdint cimport int64_t


cdef struct giving_way:
    int times  # before its thread sleeps
    int long_yields
    int short_yields  # since the last long one
    int64_t again  # not before this moment, in ns


cdef bint give_way(giving_way *way) noexcept nogil
