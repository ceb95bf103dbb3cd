"""What time it is."""

from libc.stdint cimport int64_t
from posix.time cimport clock_gettime, timespec


cdef inline int64_t nanoseconds(int clock) noexcept nogil:
    cdef timespec now
    clock_gettime(clock, &now)
    return <int64_t>now.tv_sec * 1000000000 + now.tv_nsec


cdef inline int64_t milliseconds(int clock) noexcept nogil:
    return nanoseconds(clock) // 1000000
