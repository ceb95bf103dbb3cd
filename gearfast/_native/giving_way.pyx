"""Letting others run before falling asleep: what they bring meanwhile needs no wake-up."""

from libc.stdint cimport int64_t
from posix.time cimport CLOCK_MONOTONIC

from gearfast._native.clock cimport nanoseconds

cdef extern from "<sched.h>" nogil:
    int sched_yield()

cdef enum:
    LONG_YIELD = 400000  # ns
    NO_YIELD = 100000000  # ns without one after a long one, twice as many after the next
    NO_YIELD_DOUBLINGS = 5
    SHORT_YIELDS = 256  # in a row: then a long one was an accident


cdef bint give_way(giving_way *way) noexcept nogil:
    """False when somebody took the core for long: not one of ours, and not to be given way to for a while."""
    cdef int64_t before = nanoseconds(CLOCK_MONOTONIC), after
    if before < way.again:
        return False
    sched_yield()
    after = nanoseconds(CLOCK_MONOTONIC)
    if after - before > LONG_YIELD:
        way.again = after + (<int64_t>NO_YIELD << way.long_yields)
        way.long_yields += way.long_yields < NO_YIELD_DOUBLINGS
        way.short_yields = 0
        return False
    way.short_yields += 1
    if way.short_yields >= SHORT_YIELDS:
        way.long_yields = 0
    return True
