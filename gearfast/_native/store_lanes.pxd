from libc.stdint cimport uint64_t

from gearfast._native.c_base cimport gf_flags
from gearfast._native.c_block cimport gf_pool
from gearfast._native.c_core cimport gf_core
from gearfast._native.c_thread cimport gf_bell, gf_lane
from gearfast._native.giving_way cimport giving_way

cdef enum:
    WANT_END = 1  # the processing thread has ended
    WANT_LAST = 2  # what lies in the lane is the last


cdef struct store_lanes:
    # immutable after start
    gf_bell *processing_bell
    gf_bell bell  # of the store's thread
    bint gathers  # nobody waits for a commit
    # lanes: records from and events to the processing thread
    gf_lane records
    gf_lane events
    # owned by the store's thread
    gf_pool *pool
    giving_way way
    # raised by the main thread
    gf_flags wants


cdef int store_lanes_init(store_lanes *store) noexcept nogil
cdef void store_lanes_drop(store_lanes *store) noexcept nogil
cdef void store_lanes_free(store_lanes *store) noexcept nogil
cdef void store_take_events(store_lanes *store, gf_core *core) noexcept nogil
cdef void store_hand_over(store_lanes *store, gf_core *core) noexcept nogil
cdef bint store_has_events(store_lanes *store, gf_core *core) noexcept nogil
