"""Between the processing thread and the store's: the lanes, and the processing thread's steps with them.

Records go to the store as they come, and the processing thread never waits for it. The store's thread is
Python's (gearfast._native.journal), but it holds nobody up: it commits whatever has gathered.
"""

from libc.string cimport memcpy

from gearfast._native.c_base cimport GF_NOMEM, GF_OK
from gearfast._native.c_block cimport gf_block_unref, gf_pool_collect, gf_pool_free, gf_pool_new
from gearfast._native.c_core cimport (
    gf_core_records,
    gf_core_store_event,
    gf_core_take_records,
    gf_record,
    gf_store_event,
)
from gearfast._native.c_thread cimport (
    gf_bell_close,
    gf_bell_init,
    gf_bell_ring,
    gf_lane_block,
    gf_lane_empty,
    gf_lane_flush,
    gf_lane_free,
    gf_lane_init,
    gf_lane_peek,
    gf_lane_push,
    gf_lane_release,
    gf_lane_stalled,
    gf_lane_unblock,
)


cdef enum:
    RECORDS = 16384
    EVENTS = 4096
    TURN = 512  # events taken before connections have their turn


cdef int store_lanes_init(store_lanes *store) noexcept nogil:
    """Prepare a zeroed struct; whatever the result, store_lanes_free undoes it."""
    store.bell.fd = -1
    store.pool = gf_pool_new()
    if store.pool == NULL:
        return GF_NOMEM
    if gf_lane_init(&store.records, RECORDS, sizeof(gf_record)) != GF_OK:
        return GF_NOMEM
    if gf_lane_init(&store.events, EVENTS, sizeof(gf_store_event)) != GF_OK:
        return GF_NOMEM
    return gf_bell_init(&store.bell)


cdef void drop_messages(store_lanes *store) noexcept nogil:
    cdef gf_record *record = <gf_record *>gf_lane_peek(&store.records)
    cdef gf_store_event *event = <gf_store_event *>gf_lane_peek(&store.events)
    while record != NULL:
        gf_block_unref(record.block, store.pool)
        record = <gf_record *>gf_lane_peek(&store.records)
    while event != NULL:
        if event.block != NULL:
            gf_block_unref(event.block, store.pool)
        event = <gf_store_event *>gf_lane_peek(&store.events)
    gf_lane_release(&store.records)
    gf_lane_release(&store.events)


cdef void store_lanes_drop(store_lanes *store) noexcept nogil:
    """With both threads ended: let go of every block that is still on its way."""
    if store.pool == NULL:
        return
    while gf_lane_flush(&store.records) or gf_lane_flush(&store.events):
        drop_messages(store)
    drop_messages(store)
    gf_pool_collect(store.pool)


cdef void store_lanes_free(store_lanes *store) noexcept nogil:
    """After store_lanes_drop and the end of the core, which holds blocks of this pool."""
    if store.pool != NULL:
        gf_pool_collect(store.pool)
        gf_pool_free(store.pool)
    gf_lane_free(&store.records)
    gf_lane_free(&store.events)
    if store.bell.fd >= 0:
        gf_bell_close(&store.bell)


cdef void store_take_events(store_lanes *store, gf_core *core) noexcept nogil:
    """What the store has to say."""
    cdef int taken = 0
    cdef gf_store_event *event
    while taken < TURN:
        event = <gf_store_event *>gf_lane_peek(&store.events)
        if event == NULL:
            break
        gf_core_store_event(core, event)
        taken += 1
    if taken == 0:
        return
    gf_lane_release(&store.events)
    if gf_lane_unblock(&store.events):
        gf_bell_ring(&store.bell)


cdef void store_hand_over(store_lanes *store, gf_core *core) noexcept nogil:
    """Publish this turn's records. Those for which there is no memory stay with the core until the next."""
    cdef size_t count, pushed = 0
    cdef gf_record *records = gf_core_records(core, &count)
    cdef void *slot
    while pushed < count:
        slot = gf_lane_push(&store.records)
        if slot == NULL:
            break
        memcpy(slot, &records[pushed], sizeof(gf_record))
        pushed += 1
    if pushed > 0:
        gf_core_take_records(core, pushed)
    if gf_lane_flush(&store.records):
        gf_bell_ring(&store.bell)


cdef bint store_has_events(store_lanes *store, gf_core *core) noexcept nogil:
    """The look before sleeping; records that did not fit are tried once more after saying that we wait."""
    if gf_lane_stalled(&store.records):
        gf_lane_block(&store.records)
        store_hand_over(store, core)
    return not gf_lane_empty(&store.events)
