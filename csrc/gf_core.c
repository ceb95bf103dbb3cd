#include "gf_core.h"

#include <stdlib.h>
#include <string.h>

#include "gf_parts.h"

static gf_handler *const handlers[GF_PACKET_TYPES] = {
    [GF_CAN_DO] = gf_on_can_do,
    [GF_CANT_DO] = gf_on_cant_do,
    [GF_RESET_ABILITIES] = gf_on_reset_abilities,
    [GF_PRE_SLEEP] = gf_on_pre_sleep,
    [GF_SUBMIT_JOB] = gf_on_submit,
    [GF_GRAB_JOB] = gf_on_grab,
    [GF_WORK_STATUS] = gf_on_work_status,
    [GF_WORK_COMPLETE] = gf_on_work_complete,
    [GF_WORK_FAIL] = gf_on_work_fail,
    [GF_GET_STATUS] = gf_on_get_status,
    [GF_ECHO_REQ] = gf_on_echo,
    [GF_SUBMIT_JOB_BG] = gf_on_submit,
    [GF_SUBMIT_JOB_HIGH] = gf_on_submit,
    [GF_SET_CLIENT_ID] = gf_on_client_id,
    [GF_CAN_DO_TIMEOUT] = gf_on_can_do_timeout,
    [GF_WORK_EXCEPTION] = gf_on_work_exception,
    [GF_OPTION_REQ] = gf_on_option,
    [GF_WORK_DATA] = gf_on_work_data,
    [GF_WORK_WARNING] = gf_on_work_data,
    [GF_GRAB_JOB_UNIQ] = gf_on_grab,
    [GF_SUBMIT_JOB_HIGH_BG] = gf_on_submit,
    [GF_SUBMIT_JOB_LOW] = gf_on_submit,
    [GF_SUBMIT_JOB_LOW_BG] = gf_on_submit,
    [GF_SUBMIT_JOB_SCHED] = gf_on_submit_sched,
    [GF_SUBMIT_JOB_EPOCH] = gf_on_submit_epoch,
    [GF_SUBMIT_REDUCE_JOB] = gf_on_submit_reduce,
    [GF_SUBMIT_REDUCE_JOB_BACKGROUND] = gf_on_submit_reduce,
    [GF_GRAB_JOB_ALL] = gf_on_grab,
    [GF_GET_STATUS_UNIQUE] = gf_on_get_status_unique,
};

static bool start_tables(gf_core *core)
{
    gf_timers_init(&core->delayed);
    gf_timers_init(&core->timeouts);
    return gf_table_init(&core->functions) == GF_OK && gf_table_init(&core->numbers) == GF_OK &&
           gf_index_init(&core->uniques, GF_INDEX_LARGE) == GF_OK;
}

static bool start(gf_core *core, const gf_core_options *options)
{
    core->options = *options;
    core->reading = options->reading;
    core->heeds_store = options->reading || options->durability == GF_DURABILITY_SYNC;
    core->prefix = strdup(options->handle_prefix);
    core->version = strdup(options->version);
    core->pool = gf_pool_new();
    core->newest_peer = calloc(options->io_threads, sizeof *core->newest_peer);
    if (core->prefix == NULL || core->version == NULL || core->pool == NULL || core->newest_peer == NULL ||
        !gf_effects_have_room(core))
        return false;
    core->prefix_size = (uint32_t)strlen(core->prefix);
    return gf_limits_init(core) && start_tables(core);
}

gf_core *gf_core_new(const gf_core_options *options)
{
    gf_core *core = calloc(1, sizeof *core);
    if (core != NULL && !start(core, options)) {
        gf_core_free(core);
        return NULL;
    }
    return core;
}

static void free_peers(gf_core *core)
{
    for (uint32_t slot = 0; slot < core->peer_slots; slot++)
        if (core->peers[slot] != NULL)
            gf_peer_gone(core, core->peers[slot]);
}

static void free_functions(gf_core *core)
{
    while (core->newest_function != NULL)
        gf_function_drop(core, core->newest_function);
}

static void free_tables(gf_core *core)
{
    gf_timers_free(&core->delayed);
    gf_timers_free(&core->timeouts);
    gf_table_free(&core->functions);
    gf_table_free(&core->numbers);
    gf_index_free(&core->uniques);
}

static void drop_effects(gf_core *core)
{
    for (size_t i = 0; i < core->effect_count; i++)
        if (core->effects[i].block != NULL)
            gf_block_unref(core->effects[i].block, core->pool);
    core->effect_count = 0;
}

/* With the peers gone no job runs and no function has workers, so every function can be dropped. */
void gf_core_free(gf_core *core)
{
    if (core == NULL)
        return;
    core->options.durability = GF_DURABILITY_NONE; /* what ends now has not ended for the store */
    core->recorder = NULL;
    free_peers(core);
    free_functions(core);
    drop_effects(core);
    gf_holds_free(core);
    gf_deferred_free(core, &core->deferred);
    gf_journal_free(core);
    gf_limits_free(core);
    free_tables(core);
    if (core->pool != NULL) {
        gf_pool_collect(core->pool);
        gf_pool_free(core->pool);
    }
    free(core->effects);
    free(core->newest_peer);
    free(core->peers);
    free(core->version);
    free(core->prefix);
    free(core);
}

static void on_packet(gf_core *core, gf_peer *peer, const gf_event *event)
{
    gf_handler *handler = event->type < GF_PACKET_TYPES ? handlers[event->type] : NULL;
    if (handler != NULL)
        handler(core, peer, event);
    else
        gf_reply_error(core, peer, GF_ERROR_COMMAND);
}

static inline __attribute__((always_inline)) void on_peer_event(gf_core *core, gf_peer *peer,
                                                                const gf_event *event)
{
    switch ((gf_event_kind)event->kind) {
    case GF_EVENT_PACKET:
        on_packet(core, peer, event);
        break;
    case GF_EVENT_LINE:
        gf_admin_line(core, peer, gf_event_body(event), event->size);
        break;
    case GF_EVENT_FAULT:
        if (event->error == GF_ERROR_LINE_TOO_LONG)
            gf_admin_line_too_long(core, peer);
        else
            gf_reply_error(core, peer, (gf_error)event->error);
        break;
    case GF_EVENT_GONE:
        gf_peer_gone(core, peer);
        break;
    case GF_EVENT_CONNECT:
        break;
    }
}

static inline __attribute__((always_inline)) void do_event(gf_core *core, const gf_event *event)
{
    core->kept = false;
    gf_peer *peer = gf_peer_find(core, event->peer);
    if (peer != NULL && peer->walk != NULL && gf_walk_defer(core, peer, event))
        return;
    if (peer != NULL)
        on_peer_event(core, peer, event);
    else if (event->kind == GF_EVENT_CONNECT)
        gf_peer_connect(core, event);
    if (event->kind == GF_EVENT_GONE)
        gf_reply_forget(core, event->peer);
    if (event->block != NULL && !core->kept)
        gf_block_unref(event->block, core->pool);
}

/* With a store: the event may have to wait until that has been read, or some of its effects until it commits.
 */
static __attribute__((noinline)) void do_event_in_turn(gf_core *core, const gf_event *event)
{
    size_t from = core->effect_count;
    if (gf_defer(core, event))
        return;
    do_event(core, event);
    gf_holds_sweep(core, from);
}

void gf_core_event(gf_core *core, const gf_event *event)
{
    if (core->heeds_store)
        do_event_in_turn(core, event);
    else
        do_event(core, event);
}

void gf_core_prefetch(const gf_core *core, const gf_event *event)
{
    if (event->kind == GF_EVENT_PACKET && event->unique_hash != 0)
        gf_index_prefetch(&core->uniques, gf_unique_hash(event->function_hash, event->unique_hash));
}

static void do_what_is_due(gf_core *core)
{
    gf_jobs_timed_out(core);
    gf_jobs_due(core);
    gf_suspect(core);
}

static void do_what_is_due_in_turn(gf_core *core)
{
    size_t from = core->effect_count;
    do_what_is_due(core);
    gf_holds_sweep(core, from);
}

void gf_core_time(gf_core *core, uint64_t monotonic, int64_t wall)
{
    core->now = monotonic;
    core->wall = wall;
    if (core->cut_off > 0 && core->now >= core->close_at)
        gf_close_cut_off(core);
    if (core->heeds_store)
        do_what_is_due_in_turn(core);
    else
        do_what_is_due(core);
    if (core->walks != NULL)
        gf_walk_step(core);
}

/* The wall clock may be set: while a job waits for it, it is looked at every second. */
enum { CLOCK_GLANCE = 1000 };

static uint64_t until_delayed(const gf_core *core)
{
    uint64_t due = gf_timers_next(&core->delayed);
    if (due == UINT64_MAX)
        return UINT64_MAX;
    int64_t left = due > INT64_MAX / 1000 ? CLOCK_GLANCE : (int64_t)due * 1000 - core->wall;
    return left < 0 ? 0 : left > CLOCK_GLANCE ? CLOCK_GLANCE : (uint64_t)left;
}

static uint64_t until(uint64_t now, uint64_t due)
{
    return due == UINT64_MAX ? UINT64_MAX : due <= now ? 0 : due - now;
}

static uint64_t until_suspicion(const gf_core *core)
{
    const gf_peer *first = core->woken.head;
    return first == NULL ? UINT64_MAX : until(core->now, first->rested + core->options.suspect_after);
}

static uint64_t least(uint64_t one, uint64_t other)
{
    return one < other ? one : other;
}

uint64_t gf_core_patience(const gf_core *core)
{
    if (core->walks != NULL)
        return 0;
    uint64_t timeout = until(core->now, gf_timers_next(&core->timeouts));
    uint64_t close = core->cut_off > 0 ? until(core->now, core->close_at) : UINT64_MAX;
    return least(least(until_delayed(core), close), least(timeout, until_suspicion(core)));
}

gf_effect *gf_core_effects(gf_core *core, size_t *count)
{
    *count = core->effect_count;
    return core->effects;
}

void gf_core_clear(gf_core *core)
{
    core->effect_count = 0;
}

void gf_core_count(const gf_core *core, gf_core_counts *counts)
{
    *counts = core->counts;
    counts->sleeping = core->sleepers.count;
    counts->memory = gf_memory_used(core);
}

gf_pool *gf_core_pool(gf_core *core)
{
    return core->pool;
}
