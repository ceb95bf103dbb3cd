/* SUBMIT_JOB and its kin: a submit joins a job that is there already, or its packet becomes one. */
#include <string.h>

#include "gf_bytes.h"
#include "gf_log.h"
#include "gf_parts.h"

enum { AT_ONCE = 0 };

bool gf_is_background(gf_packet_type type)
{
    return type == GF_SUBMIT_JOB_BG || type == GF_SUBMIT_JOB_HIGH_BG || type == GF_SUBMIT_JOB_LOW_BG ||
           type == GF_SUBMIT_JOB_EPOCH || type == GF_SUBMIT_JOB_SCHED ||
           type == GF_SUBMIT_REDUCE_JOB_BACKGROUND;
}

static gf_priority priority_of(gf_packet_type type)
{
    if (type == GF_SUBMIT_JOB_HIGH || type == GF_SUBMIT_JOB_HIGH_BG)
        return GF_HIGH;
    return type == GF_SUBMIT_JOB_LOW || type == GF_SUBMIT_JOB_LOW_BG ? GF_LOW : GF_NORMAL;
}

/* Most connections submit one function: a comparison instead of a look-up. NULL and `error`: refused. */
static gf_function *function_of(gf_core *core, gf_peer *peer, const gf_event *event, const uint8_t *name,
                                gf_error *error)
{
    gf_function *last = peer->last_function;
    if (last == NULL || last->name_size != event->argument1 || memcmp(last->name, name, last->name_size) != 0)
        peer->last_function = gf_function_wanted(core, name, event->argument1, event->function_hash,
                                                 gf_memory_refusal(core, event->block->size), error);
    return peer->last_function;
}

static gf_job *job_from(const gf_event *event, gf_function *function)
{
    gf_job *job = (gf_job *)(void *)gf_block_data(event->block);
    memset(job, 0, sizeof *job);
    job->function = function;
    job->function_size = (uint16_t)event->argument1;
    job->unique_size = (uint8_t)(event->argument2 - event->argument1 - 1);
    job->data_at = event->data;
    job->data_size = event->size - event->data;
    job->priority = priority_of((gf_packet_type)event->type) & 3U;
    job->background = gf_is_background((gf_packet_type)event->type);
    return job;
}

/* The job outlives those who wait for it from now on. Is that new, the store hears of it. */
static void join_in_background(gf_core *core, gf_peer *peer, gf_job *job)
{
    gf_error error = gf_journal_refusal(core);
    if (error != GF_ERROR_NONE) {
        gf_reply_error(core, peer, error);
        return;
    }
    gf_hold_reason reason = job->stored ? GF_HELD_JOINED : GF_HELD_ADDED;
    job->background = 1;
    if (!job->stored)
        gf_journal_add(core, job, AT_ONCE);
    gf_hold_created(core, peer, job, reason);
}

static void join_in_foreground(gf_core *core, gf_peer *peer, gf_job *job)
{
    gf_error error = gf_memory_refusal(core, 0);
    if (error == GF_ERROR_NONE && !gf_attach(core, peer, job))
        error = GF_ERROR_NO_MEMORY;
    if (error == GF_ERROR_NONE)
        gf_reply_handle(core, peer, GF_JOB_CREATED, gf_job_number(job));
    else
        gf_reply_error(core, peer, error);
}

/* The submit changes nothing about the job but who waits for it, or that it outlives those who do. */
static void join(gf_core *core, gf_peer *peer, gf_job *job, const gf_job *submitted)
{
    core->counts.coalesced++;
    if (gf_is_recording(core))
        gf_note_joined(core, peer, job, submitted);
    if (submitted->background)
        join_in_background(core, peer, job);
    else
        join_in_foreground(core, peer, job);
}

static gf_error refusal(gf_core *core, const gf_job *job)
{
    uint32_t limit = job->function->limit[job->priority];
    if (limit != 0 && gf_function_total(job->function) >= limit)
        return GF_ERROR_QUEUE_FULL;
    gf_error error = gf_memory_refusal(core, gf_job_block(job)->size);
    if (error == GF_ERROR_NONE && gf_job_has_key(job))
        error = gf_uniques_refusal(core);
    if (error != GF_ERROR_NONE)
        return error;
    bool is_kept = job->background && core->options.durability != GF_DURABILITY_NONE;
    return is_kept ? gf_journal_refusal(core) : GF_ERROR_NONE;
}

/* Only a time that was named is later: the wall clock may be set to before 1970. */
static bool is_later(const gf_core *core, int64_t when)
{
    return when > AT_ONCE && when > core->wall / 1000;
}

/* Whatever may fail for want of memory comes before the job exists. */
static gf_error reserve(gf_core *core, gf_peer *peer, gf_job *job, int64_t when)
{
    gf_error error = refusal(core, job);
    if (error != GF_ERROR_NONE)
        return error;
    if (!job->background && !gf_attach(core, peer, job))
        return GF_ERROR_NO_MEMORY;
    if (!is_later(core, when) || gf_timers_arm(&core->delayed, &job->timer, (uint64_t)when) == GF_OK)
        return GF_ERROR_NONE;
    gf_detach_job(core, job);
    return GF_ERROR_NO_MEMORY;
}

static void log_accepted(gf_core *core, const gf_job *job, int64_t when)
{
    gf_core_log(core, GF_LOG_NOTICE, "accepted,%.*s,%.*s,%lld", job->function_size,
                (const char *)gf_job_body(job), job->unique_size, (const char *)gf_job_unique(job),
                (long long)when);
}

/* A job may be handed out before it is committed: only its submitter waits for that. What the store can't
 * take fast enough is not read. */
static void answer(gf_core *core, gf_peer *peer, gf_job *job, int64_t when)
{
    if (!job->background || core->options.durability == GF_DURABILITY_NONE) {
        gf_reply_handle(core, peer, GF_JOB_CREATED, gf_job_number(job));
        return;
    }
    gf_journal_add(core, job, when);
    gf_hold_created(core, peer, job, GF_HELD_ADDED);
    if (gf_journal_over(core, 1) && core->journal.trouble == NULL)
        gf_pause(core, peer);
}

/* A worker that submits to itself hears NOOP before JOB_CREATED, as from gearmand. */
static void accept(gf_core *core, gf_peer *peer, gf_job *job, uint32_t key, int64_t when)
{
    core->kept = true;
    core->counts.submitted++;
    gf_job_add(core, job);
    if (gf_job_has_key(job))
        gf_unique_add(core, job, key);
    log_accepted(core, job, when);
    if (gf_is_recording(core))
        gf_note_submit(core, peer, job, is_later(core, when) ? when : AT_ONCE);
    if (is_later(core, when)) {
        gf_job_move(core, job, GF_JOB_DELAYED);
    } else {
        gf_job_move(core, job, GF_JOB_WAITING);
        gf_wake_for_job(core, job->function);
    }
    answer(core, peer, job, when);
}

static void refuse(gf_core *core, gf_peer *peer, gf_error error)
{
    core->counts.refused++;
    gf_reply_error(core, peer, error);
}

static void add_or_join(gf_core *core, gf_peer *peer, gf_job *job, uint32_t key, int64_t when)
{
    gf_job *existing = gf_job_has_key(job) ? gf_unique_find(core, job, key) : NULL;
    if (existing != NULL) {
        join(core, peer, existing, job);
        return;
    }
    gf_error error = reserve(core, peer, job, when);
    if (error != GF_ERROR_NONE) {
        if (gf_is_recording(core))
            gf_note_refused(core, peer, job);
        refuse(core, peer, error);
        return;
    }
    accept(core, peer, job, key, when);
}

static void submit(gf_core *core, gf_peer *peer, const gf_event *event, uint8_t reducer_size, int64_t when)
{
    if (event->argument2 - event->argument1 - 1 > GF_UNIQUE_MAX) {
        gf_reply_error(core, peer, GF_ERROR_UNIQUE_TOO_LARGE);
        return;
    }
    const uint8_t *body = gf_block_data(event->block) + GF_JOB_ROOM;
    gf_error error = GF_ERROR_NONE;
    gf_function *function = function_of(core, peer, event, body, &error);
    if (function == NULL) {
        refuse(core, peer, error);
        return;
    }
    gf_job *job = job_from(event, function);
    job->reducer_size = reducer_size;
    add_or_join(core, peer, job, event->unique_hash, when);
}

void gf_on_submit(gf_core *core, gf_peer *peer, const gf_event *event)
{
    submit(core, peer, event, 0, AT_ONCE);
}

/* What stands between the unique and the data, without the NULs around it. */
static const uint8_t *middle(const gf_event *event, uint32_t *size)
{
    *size = event->data - event->argument2 - 2;
    return gf_block_data(event->block) + GF_JOB_ROOM + event->argument2 + 1;
}

void gf_on_submit_epoch(gf_core *core, gf_peer *peer, const gf_event *event)
{
    uint32_t size;
    int64_t when;
    const uint8_t *text = middle(event, &size);
    if (gf_parse_int64(text, size, &when))
        submit(core, peer, event, 0, when);
    else
        gf_reply_error(core, peer, GF_ERROR_TIME_ARGUMENT);
}

void gf_on_submit_sched(gf_core *core, gf_peer *peer, const gf_event *event)
{
    uint32_t size;
    const uint8_t *fields = middle(event, &size);
    int64_t when = gf_schedule_next(fields, size, core->wall / 1000);
    if (when >= 0)
        submit(core, peer, event, 0, when);
    else
        gf_reply_error(core, peer, GF_ERROR_SCHEDULE_ARGUMENT);
}

/* The reducer, then an aggregator that no server ever used. */
void gf_on_submit_reduce(gf_core *core, gf_peer *peer, const gf_event *event)
{
    uint32_t size;
    const uint8_t *reducer = middle(event, &size);
    const uint8_t *end = gf_find_nul(reducer, size);
    if (end == NULL || end - reducer > GF_UNIQUE_MAX)
        gf_reply_error(core, peer, GF_ERROR_UNIQUE_TOO_LARGE);
    else
        submit(core, peer, event, (uint8_t)(end - reducer), AT_ONCE);
}
