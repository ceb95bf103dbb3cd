/* What the recorder is told: notes made of what happens in the core. */
#include <string.h>

#include "gf_parts.h"

static uint32_t id_of(const gf_function *function)
{
    return (uint32_t)function->created;
}

static void attach_copy(gf_core *core, gf_note *note, const uint8_t *bytes, uint32_t size)
{
    gf_block *block = gf_block_new(core->pool, size);
    if (block == NULL)
        return;
    memcpy(gf_block_data(block), bytes, size);
    gf_recorder_attach(core->recorder, note, block, 0, size);
    gf_block_unref(block, core->pool);
}

/* A function's name comes once, before the first note that has its number, or when there is room for it. */
static gf_note *note_function(gf_core *core, gf_note_kind kind, gf_function *function)
{
    gf_recorder *recorder = core->recorder;
    if (function->noted != recorder->serial) {
        gf_note *name = gf_recorder_note(recorder, GF_NOTE_FUNCTION);
        if (name == NULL)
            return NULL;
        name->function = id_of(function);
        attach_copy(core, name, function->name, function->name_size);
        if (name->block != NULL)
            function->noted = recorder->serial;
    }
    gf_note *note = gf_recorder_note(recorder, kind);
    if (note != NULL)
        note->function = id_of(function);
    return note;
}

static gf_note *note_peer(gf_core *core, gf_note_kind kind, const gf_peer *peer)
{
    gf_note *note = gf_recorder_note(core->recorder, kind);
    if (note != NULL)
        note->peer = peer->id.slot;
    return note;
}

void gf_note_connect(gf_core *core, const gf_peer *peer, bool was_there)
{
    gf_note *note = note_peer(core, GF_NOTE_CONNECT, peer);
    if (note == NULL)
        return;
    note->detail = was_there;
    if (core->recorder->options.payloads)
        attach_copy(core, note, peer->address, peer->address_size);
}

void gf_note_gone(gf_core *core, const gf_peer *peer)
{
    note_peer(core, GF_NOTE_GONE, peer);
}

void gf_note_register(gf_core *core, const gf_registration *registration)
{
    gf_note *note = note_function(core, GF_NOTE_REGISTER, registration->function);
    if (note == NULL)
        return;
    note->peer = registration->peer->id.slot;
    note->duration = registration->timeout;
}

void gf_note_unregister(gf_core *core, const gf_peer *peer, gf_function *function)
{
    gf_note *note = note_function(core, GF_NOTE_UNREGISTER, function);
    if (note != NULL)
        note->peer = peer->id.slot;
}

void gf_note_reset(gf_core *core, const gf_peer *peer)
{
    note_peer(core, GF_NOTE_RESET, peer);
}

/* So that its name is forgotten. */
void gf_note_dropped(gf_core *core, const gf_function *function)
{
    if (function->noted != core->recorder->serial)
        return;
    gf_note *note = gf_recorder_note(core->recorder, GF_NOTE_DROPPED);
    if (note != NULL)
        note->function = id_of(function);
}

static uint8_t detail_of(const gf_job *job)
{
    unsigned detail = job->priority & GF_SUBMIT_PRIORITY;
    if (job->background)
        detail |= GF_SUBMIT_BACKGROUND;
    if (gf_unique_is_key(gf_job_unique(job), job->unique_size, job->data_size))
        detail |= GF_SUBMIT_UNIQUE;
    return (uint8_t)detail;
}

static gf_note *note_submit(gf_core *core, const gf_peer *peer, const gf_job *submitted, uint32_t number)
{
    gf_note *note = note_function(core, GF_NOTE_SUBMIT, submitted->function);
    if (note == NULL)
        return NULL;
    note->peer = peer->id.slot;
    note->number = number;
    note->size = submitted->data_size;
    note->detail = detail_of(submitted);
    if (!core->recorder->options.payloads)
        return note;
    uint32_t unique_at = submitted->function_size + 1U;
    note->unique_size = submitted->unique_size;
    gf_recorder_attach(core->recorder, note, gf_job_block(submitted), GF_JOB_ROOM + unique_at,
                       submitted->data_at + submitted->data_size - unique_at);
    return note;
}

void gf_note_submit(gf_core *core, const gf_peer *peer, gf_job *job, int64_t when)
{
    gf_note *note = note_submit(core, peer, job, gf_job_number(job));
    job->since = core->recorder->now;
    if (note == NULL || when == 0)
        return;
    note->detail |= GF_SUBMIT_DELAYED;
    note->duration = (uint64_t)(when - core->wall / 1000);
}

void gf_note_joined(gf_core *core, const gf_peer *peer, const gf_job *job, const gf_job *submitted)
{
    gf_note *note = note_submit(core, peer, submitted, gf_job_number(job));
    if (note != NULL)
        note->detail |= GF_SUBMIT_JOINED;
}

void gf_note_refused(gf_core *core, const gf_peer *peer, const gf_job *submitted)
{
    gf_note *note = note_submit(core, peer, submitted, 0);
    if (note != NULL)
        note->detail |= GF_SUBMIT_REFUSED;
}

/* A delayed job waits from now on. */
void gf_note_due(gf_core *core, gf_job *job)
{
    job->since = core->recorder->now;
}

/* Unknown for what began before the recording did. */
static uint64_t elapsed(const gf_core *core, const gf_job *job)
{
    const gf_recorder *recorder = core->recorder;
    return job->since < recorder->started ? GF_DURATION_UNKNOWN : recorder->now - job->since;
}

void gf_note_start(gf_core *core, gf_job *job)
{
    gf_note *note = note_function(core, GF_NOTE_START, job->function);
    if (note != NULL) {
        note->peer = job->worker->id.slot;
        note->number = gf_job_number(job);
        note->duration = elapsed(core, job);
    }
    job->since = core->recorder->now;
}

static void set_data(gf_core *core, gf_note *note, const gf_event *event)
{
    note->size = event->size - event->data;
    if (core->recorder->options.payloads)
        gf_recorder_attach(core->recorder, note, event->block, event->data, note->size);
}

void gf_note_update(gf_core *core, const gf_job *job, const gf_event *event)
{
    gf_note *note = note_function(core, GF_NOTE_UPDATE, job->function);
    if (note == NULL)
        return;
    note->number = gf_job_number(job);
    note->detail = event->type == GF_WORK_STATUS    ? GF_UPDATE_STATUS
                   : event->type == GF_WORK_WARNING ? GF_UPDATE_WARNING
                                                    : GF_UPDATE_DATA;
    set_data(core, note, event);
}

static gf_note *note_end(gf_core *core, const gf_job *job, gf_ending ending)
{
    gf_note *note = note_function(core, GF_NOTE_END, job->function);
    if (note == NULL)
        return NULL;
    note->number = gf_job_number(job);
    note->detail = (uint8_t)ending;
    if (job->state == GF_JOB_RUNNING)
        note->duration = elapsed(core, job);
    return note;
}

void gf_note_result(gf_core *core, const gf_job *job, gf_ending ending, const gf_event *event)
{
    gf_note *note = note_end(core, job, ending);
    if (note != NULL)
        set_data(core, note, event);
}

/* A job that waits again does so from now on. */
void gf_note_end(gf_core *core, gf_job *job, gf_ending ending)
{
    note_end(core, job, ending);
    job->since = core->recorder->now;
}

static void note_all(gf_core *core)
{
    for (uint32_t slot = 0; slot < core->peer_slots; slot++) {
        const gf_peer *peer = core->peers[slot];
        if (peer == NULL)
            continue;
        gf_note_connect(core, peer, true);
        for (const gf_registration *own = peer->registrations; own != NULL; own = own->peer_next)
            gf_note_register(core, own);
    }
}

void gf_core_note(gf_core *core, gf_recorder *recorder)
{
    core->recorder = recorder;
    if (recorder != NULL)
        note_all(core);
}
