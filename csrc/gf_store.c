/* What the store tells: records are committed, it fails or works again, and the jobs it kept from before.
 *
 * Until all of those are there, background submits wait: one of them may be the same as a job that is still
 * to come, and then neither the job nor its row in the store must be doubled. */
#include <stdlib.h>
#include <string.h>

#include "gf_log.h"
#include "gf_parts.h"

enum { RESUME_SHARE = 2 };

bool gf_deferred_add(gf_deferred *deferred, const gf_event *event)
{
    gf_event *events =
        gf_array_with_room(deferred->events, deferred->count, &deferred->capacity, sizeof *events);
    if (events == NULL)
        return false;
    deferred->events = events;
    deferred->events[deferred->count++] = *event;
    return true;
}

/* Whether the event waits until the store has been read, as do all that the connection says afterwards. What
 * waits for a listing comes here when that is done: not before what was said earlier. */
bool gf_defer(gf_core *core, const gf_event *event)
{
    gf_peer *peer = core->reading ? gf_peer_find(core, event->peer) : NULL;
    if (peer == NULL || peer->walk != NULL)
        return false;
    bool submits = event->kind == GF_EVENT_PACKET && gf_is_background((gf_packet_type)event->type);
    bool waits = peer->deferred || (submits && core->journal.trouble == NULL);
    if (!waits)
        return false;
    if (!gf_deferred_add(&core->deferred, event))
        return gf_give_up(core, event);
    peer->deferred = true;
    gf_pause(core, peer);
    return true;
}

static void run_deferred(gf_core *core)
{
    gf_deferred deferred = core->deferred;
    core->deferred = (gf_deferred){0};
    for (size_t i = 0; i < deferred.count; i++) {
        gf_peer *peer = gf_peer_find(core, deferred.events[i].peer);
        if (peer != NULL)
            peer->deferred = false;
        gf_core_event(core, &deferred.events[i]);
    }
    free(deferred.events);
    gf_resume_all(core);
}

static gf_job *job_from(const gf_store_event *event, gf_function *function)
{
    gf_job *job = (gf_job *)(void *)gf_block_data(event->block);
    memset(job, 0, sizeof *job);
    job->function = function;
    job->function_size = event->function_size;
    job->unique_size = event->unique_size;
    job->reducer_size = event->reducer_size;
    job->data_at = event->data_at;
    job->data_size = event->data_size;
    job->priority = event->priority & 3U;
    job->background = 1;
    job->stored = 1;
    job->restored = event->has_key != 0;
    return job;
}

static uint32_t key_hash(const gf_core *core, const gf_job *job)
{
    const uint8_t *unique = gf_job_unique(job);
    if (job->unique_size == 1 && unique[0] == '-')
        return gf_hash(&core->options.seed, gf_job_body(job) + job->data_at, job->data_size);
    return gf_hash(&core->options.seed, unique, job->unique_size);
}

/* A job of this unique is there already, submitted in the foreground or kept under another key: it stands for
 * the kept one. */
static void stand_in(gf_core *core, gf_job *there, const gf_job *kept)
{
    there->background = 1;
    if (!there->stored) {
        core->journal.renamed |= kept->restored;
        gf_journal_replace(core, there, 0);
    }
    if (kept->restored || there->restored)
        gf_journal_done(core, kept);
}

/* 0 is no time: the wall clock may be set to before 1970. */
static bool is_later(const gf_core *core, const gf_store_event *event)
{
    return event->when > 0 && event->when > core->wall / 1000;
}

static void start(gf_core *core, gf_job *job, const gf_store_event *event)
{
    gf_job_add(core, job);
    if (core->journal.renamed && !job->restored)
        gf_journal_replace(core, job, event->when);
    if (gf_job_has_key(job))
        gf_unique_add(core, job, key_hash(core, job));
    if (is_later(core, event)) {
        gf_job_move(core, job, GF_JOB_DELAYED);
    } else {
        gf_job_move(core, job, GF_JOB_WAITING);
        gf_wake_for_job(core, job->function);
    }
}

/* Limits were applied when the job was submitted. False when memory is out; the block is still the event's
 * unless the job is there. */
static bool restore(gf_core *core, const gf_store_event *event)
{
    const uint8_t *body = gf_block_data(event->block) + GF_JOB_ROOM;
    uint32_t hash = gf_hash(&core->options.seed, body, event->function_size);
    gf_function *function = gf_function_get(core, body, event->function_size, hash);
    if (function == NULL)
        return false;
    gf_job *job = job_from(event, function);
    gf_job *there = NULL;
    if (gf_job_has_key(job))
        there = gf_unique_find(core, job, key_hash(core, job));
    if (there != NULL) {
        stand_in(core, there, job);
        return true;
    }
    if (is_later(core, event) && gf_timers_arm(&core->delayed, &job->timer, (uint64_t)event->when) != GF_OK)
        return false;
    core->kept = true;
    start(core, job, event);
    return true;
}

static void on_job(gf_core *core, const gf_store_event *event)
{
    core->kept = false;
    if (!restore(core, event))
        gf_core_log(core, GF_LOG_ERROR, "Out of memory: a job stays in the store until the next start");
    if (!core->kept)
        gf_block_unref(event->block, core->pool);
}

static void set_trouble(gf_core *core, gf_block *text, uint32_t size)
{
    if (core->journal.trouble != NULL)
        gf_block_unref(core->journal.trouble, core->pool);
    core->journal.trouble = text;
    core->journal.trouble_size = size;
}

static void on_committed(gf_core *core, const gf_store_event *event)
{
    gf_journal_committed(core, event);
    gf_holds_release(core);
    if (core->holds.paused_count > 0 && !core->reading && !gf_journal_over(core, RESUME_SHARE))
        gf_resume_all(core);
}

void gf_core_store_event(gf_core *core, const gf_store_event *event)
{
    switch ((gf_store_event_kind)event->kind) {
    case GF_STORE_COMMITTED:
        on_committed(core, event);
        break;
    case GF_STORE_FAILED:
        set_trouble(core, event->block, event->data_size);
        gf_holds_fail(core);
        run_deferred(core);
        break;
    case GF_STORE_RECOVERED:
        set_trouble(core, NULL, 0);
        break;
    case GF_STORE_JOB:
        on_job(core, event);
        break;
    case GF_STORE_READ:
        core->reading = false;
        core->heeds_store = core->options.durability == GF_DURABILITY_SYNC;
        run_deferred(core);
        break;
    }
}

/* The ERROR packet that names the store's trouble; its block is borrowed. */
gf_effect gf_trouble_effect(const gf_core *core, gf_peer_id peer)
{
    return (gf_effect){.peer = peer,
                       .kind = GF_EFFECT_PACKET,
                       .type = GF_ERROR,
                       .block = core->journal.trouble,
                       .length = core->journal.trouble_size};
}

void gf_deferred_free(gf_core *core, gf_deferred *deferred)
{
    for (size_t i = 0; i < deferred->count; i++)
        if (deferred->events[i].block != NULL)
            gf_block_unref(deferred->events[i].block, core->pool);
    free(deferred->events);
}
