"""The processing thread's step: events of every I/O thread through the core, effects back to them.

It alone touches the core: function tables, unique keys, job handles, workers.
"""

from libc.stdint cimport UINT32_MAX, uint32_t, uint64_t
from libc.string cimport memcpy
from posix.time cimport CLOCK_MONOTONIC, CLOCK_REALTIME

from gearfast._native.c_base cimport (
    GF_NOMEM,
    gf_counter_bump,
    gf_counter_get,
    gf_counter_set,
    gf_flags_get,
    gf_flags_raise,
)
from gearfast._native.c_block cimport gf_block_data, gf_block_unref, gf_pool_collect
from gearfast._native.c_core cimport (
    GF_EFFECT_LOG,
    GF_EFFECT_RECORD,
    GF_EFFECT_SHUTDOWN,
    GF_EVENT_LINE,
    gf_core_clear,
    gf_core_count,
    gf_core_cut_off,
    gf_core_effects,
    gf_core_event,
    gf_core_free,
    gf_core_new,
    gf_core_note,
    gf_core_outside,
    gf_core_patience,
    gf_core_pool,
    gf_core_prefetch,
    gf_core_time,
    gf_effect,
    gf_event,
    gf_outside,
    gf_recorder_obey,
)
from gearfast._native.c_recorder cimport (
    gf_recorder,
    gf_recorder_has_failed,
    gf_recorder_is_on,
    gf_recorder_patience,
    gf_recorder_publish,
    gf_recorder_stop,
)
from gearfast._native.c_thread cimport (
    gf_bell_ring,
    gf_lane,
    gf_lane_block,
    gf_lane_empty,
    gf_lane_flush,
    gf_lane_look,
    gf_lane_peek_seen,
    gf_lane_push,
    gf_lane_release,
    gf_lane_stalled,
    gf_lane_unblock,
    gf_log_free,
    gf_log_init,
    gf_log_write,
)
from gearfast._native.clock cimport milliseconds, nanoseconds
from gearfast._native.connection cimport event_way
from gearfast._native.store_lanes cimport store_hand_over, store_has_events, store_take_events


cdef enum:
    AHEAD = 16  # events known to the core before the first of them is its turn
    BULK_SHARE = 4 * AHEAD  # taken from one I/O thread before small events are looked for again
    ROUNDS = 8


cdef int processing_start(
    processing_thread *proc, const gf_core_options *options, gf_bell *main_bell
) noexcept nogil:
    """Prepare a zeroed struct; whatever the result, processing_free undoes it."""
    proc.main_bell = main_bell
    proc.limits_memory = options.memory_limit != 0
    proc.core = gf_core_new(options)
    if proc.core == NULL:
        return GF_NOMEM
    return gf_log_init(&proc.log, main_bell, options.log_level)


cdef void processing_free(processing_thread *proc) noexcept nogil:
    gf_core_free(proc.core)
    gf_log_free(&proc.log)


cdef void report(processing_thread *proc, uint32_t bits) noexcept nogil:
    gf_flags_raise(&proc.reports, bits)
    gf_bell_ring(proc.main_bell)


cdef void carry_out(processing_thread *proc, const gf_effect *effect) noexcept nogil:
    """Effects that concern no connection."""
    if effect.kind == GF_EFFECT_LOG:
        gf_log_write(
            &proc.log, effect.error, b"%.*s", <int>effect.length, <const char *>gf_block_data(effect.block)
        )
        gf_block_unref(effect.block, gf_core_pool(proc.core))
    else:
        report(proc, REPORT_SHUTDOWN_GRACEFUL if effect.number else REPORT_SHUTDOWN)


cdef void send_effect(processing_thread *proc, const gf_effect *effect) noexcept nogil:
    cdef io_thread *io = &proc.io[effect.peer.slot % proc.io_count]
    cdef void *slot = gf_lane_push(&io.effects)
    if slot != NULL:
        memcpy(slot, effect, sizeof(gf_effect))
        return
    gf_core_cut_off(proc.core, effect.peer)
    if effect.block != NULL:
        gf_block_unref(effect.block, gf_core_pool(proc.core))


cdef void send_effects(processing_thread *proc) noexcept nogil:
    cdef size_t count, index
    cdef gf_effect *effects = gf_core_effects(proc.core, &count)
    for index in range(count):
        if effects[index].kind == GF_EFFECT_LOG or effects[index].kind == GF_EFFECT_SHUTDOWN:
            carry_out(proc, &effects[index])
            continue
        if effects[index].kind == GF_EFFECT_RECORD:
            gf_recorder_obey(proc.recorder, proc.core, &effects[index])
        send_effect(proc, &effects[index])
    gf_core_clear(proc.core)


cdef void tell_outside(processing_thread *proc) noexcept nogil:
    """What the listener and the I/O threads hold and have refused."""
    cdef gf_outside *outside = &proc.outside
    cdef const io_thread *io
    cdef uint32_t index
    outside.connections = gf_counter_get(proc.open_connections)
    outside.refused_connections = gf_counter_get(proc.refused_connections)
    outside.held = outside.output = outside.unfinished = 0
    outside.closed_output = outside.closed_unfinished = 0
    for index in range(proc.io_count):
        io = &proc.io[index]
        outside.held += gf_counter_get(&io.input)
        outside.output += gf_counter_get(&io.output)
        outside.closed_output += gf_counter_get(&io.closed_output)
        outside.unfinished += gf_counter_get(&io.unfinished)
        outside.closed_unfinished += gf_counter_get(&io.closed_unfinished)
    outside.held += outside.output
    gf_core_outside(proc.core, outside)


cdef int look_ahead(processing_thread *proc, gf_lane *lane, gf_event **events) noexcept nogil:
    """The next few events that were seen, each already announced to the core."""
    cdef int count
    for count in range(AHEAD):
        events[count] = <gf_event *>gf_lane_peek_seen(lane)
        if events[count] == NULL:
            return count
        gf_core_prefetch(proc.core, events[count])
    return AHEAD


cdef uint32_t take_seen(
    processing_thread *proc, io_thread *io, event_way *way, uint32_t most
) noexcept nogil:
    cdef gf_event *events[AHEAD]
    cdef int index, count = AHEAD
    cdef uint32_t taken = 0
    while taken < most and count == AHEAD:
        count = look_ahead(proc, &way.lane, events)
        for index in range(count):
            gf_counter_bump(&way.taken, events[index].weight)
            if events[index].kind == GF_EVENT_LINE:
                tell_outside(proc)
            gf_core_event(proc.core, events[index])
            send_effects(proc)
        taken += count
    if taken > 0:
        gf_lane_release(&way.lane)
        if gf_lane_unblock(&way.lane) and io.bell != proc.bell:
            gf_bell_ring(io.bell)
    return taken


cdef uint32_t take_small(processing_thread *proc) noexcept nogil:
    """Bulk events that are taken next are looked for first: whatever came before them is then seen, too."""
    cdef uint32_t index, taken = 0
    cdef io_thread *io
    for index in range(proc.io_count):
        io = &proc.io[index]
        if gf_lane_stalled(&io.effects):
            continue
        gf_lane_look(&io.bulk.lane)
        gf_lane_look(&io.small.lane)
        taken += take_seen(proc, io, &io.small, UINT32_MAX)
    return taken


cdef uint32_t take_bulk(processing_thread *proc) noexcept nogil:
    cdef uint32_t index, taken = 0
    cdef io_thread *io
    for index in range(proc.io_count):
        io = &proc.io[index]
        if not gf_lane_stalled(&io.effects):
            taken += take_seen(proc, io, &io.bulk, BULK_SHARE)
    return taken


cdef void take_events(processing_thread *proc) noexcept nogil:
    """Bulk events go on only until somebody waits for the answer to a small one.

    Nothing is taken from a thread that can't take what would be answered.
    """
    cdef uint32_t small
    cdef int _round
    for _round in range(ROUNDS):
        small = take_small(proc)
        if take_bulk(proc) == 0 or small > 0:
            return


cdef void hand_back(processing_thread *proc, io_thread *io) noexcept nogil:
    """Publish this turn's effects, and wake the I/O thread for all of them at once."""
    if gf_lane_flush(&io.effects) and io.bell != proc.bell:
        gf_bell_ring(io.bell)


cdef bint must_report_drain(const processing_thread *proc, uint64_t jobs) noexcept nogil:
    """A graceful stop is complete when no job is left."""
    return jobs == 0 and not proc.is_drained and gf_flags_get(&proc.wants) & WANT_DRAIN != 0


cdef void watch_drain(processing_thread *proc, uint64_t jobs) noexcept nogil:
    if must_report_drain(proc, jobs):
        proc.is_drained = True
        report(proc, REPORT_DRAINED)


cdef void publish_counts(processing_thread *proc) noexcept nogil:
    cdef gf_core_counts counts
    cdef uint64_t *numbers = <uint64_t *>&counts
    cdef int index
    gf_core_count(proc.core, &counts)
    for index in range(COUNTS):
        gf_counter_set(&proc.counts[index], numbers[index])
    watch_drain(proc, counts.jobs)


cdef void begin_notes(gf_recorder *recorder) noexcept nogil:
    """All that happens in one step happens at one time."""
    if gf_recorder_is_on(recorder):
        recorder.now = <uint64_t>(nanoseconds(CLOCK_MONOTONIC) // 1000)


cdef void hand_over_notes(processing_thread *proc) noexcept nogil:
    if not gf_recorder_is_on(proc.recorder):
        return
    gf_recorder_publish(proc.recorder)
    if gf_recorder_has_failed(proc.recorder):
        gf_core_note(proc.core, NULL)
        gf_recorder_stop(proc.recorder)


cdef void processing_step(processing_thread *proc) noexcept nogil:
    """Let time pass, then take events of every I/O thread."""
    cdef uint32_t index
    if proc.recorder != NULL:
        begin_notes(proc.recorder)
    gf_core_time(proc.core, <uint64_t>milliseconds(CLOCK_MONOTONIC), milliseconds(CLOCK_REALTIME))
    if proc.limits_memory:
        tell_outside(proc)
    if proc.store != NULL:
        store_take_events(proc.store, proc.core)
    send_effects(proc)
    take_events(proc)
    for index in range(proc.io_count):
        hand_back(proc, &proc.io[index])
    if proc.store != NULL:
        store_hand_over(proc.store, proc.core)
    if proc.recorder != NULL:
        hand_over_notes(proc)
    publish_counts(proc)
    gf_pool_collect(gf_core_pool(proc.core))


cdef bint can_take(processing_thread *proc, io_thread *io) noexcept nogil:
    """Effects that did not fit are tried once more after saying that we wait for room."""
    if gf_lane_stalled(&io.effects):
        gf_lane_block(&io.effects)
        hand_back(proc, io)
        if gf_lane_stalled(&io.effects):
            return False
    return not (gf_lane_empty(&io.small.lane) and gf_lane_empty(&io.bulk.lane))


cdef bint processing_has_work(processing_thread *proc) noexcept nogil:
    """The look before sleeping."""
    cdef uint32_t index
    if must_report_drain(proc, gf_counter_get(&proc.counts[0])):
        return True
    if proc.store != NULL and store_has_events(proc.store, proc.core):
        return True
    for index in range(proc.io_count):
        if can_take(proc, &proc.io[index]):
            return True
    return False


cdef uint64_t processing_patience(processing_thread *proc) noexcept nogil:
    """Milliseconds until there is something to do of its own; UINT64_MAX: nothing."""
    cdef uint64_t own = gf_core_patience(proc.core)
    if proc.recorder == NULL:
        return own
    return min(own, gf_recorder_patience(proc.recorder))
