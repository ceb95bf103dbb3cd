/* What the recorder is told: notes made of what happens in the core. */
#include <string.h>

#include "gf_parts.h"

static uint32_t id_of(const gf_function *function)
{
    return (uint32_t)function->created;
}

/* A copy of the bytes, to be let go of once the note is put; NULL when memory is out. */
static gf_block *attach_copy(gf_core *core, gf_note *note, const uint8_t *bytes, uint32_t size)
{
    gf_block *block = gf_block_new(core->pool, size);
    if (block == NULL)
        return NULL;
    memcpy(gf_block_data(block), bytes, size);
    gf_recorder_attach(core->recorder, note, block, 0, size);
    return block;
}

/* A function's name comes once in a file, before the first note that has its number, or when there is room.
 */
static bool put_name(gf_core *core, gf_function *function)
{
    gf_recorder *recorder = core->recorder;
    gf_note name = {.kind = GF_NOTE_FUNCTION, .function = id_of(function)};
    gf_block *copy = attach_copy(core, &name, function->name, function->name_size);
    if (name.block != NULL) {
        gf_recorder_put(recorder, &name);
        function->noted = recorder->serial;
    }
    if (copy != NULL)
        gf_block_unref(copy, core->pool);
    return name.block != NULL;
}

static bool prepare(gf_core *core, gf_function *function, uint32_t bytes)
{
    enum { NAME_MOST = GF_NOTE_MOST + GF_COPY_MOST };
    gf_recorder *recorder = core->recorder;
    if (!gf_recorder_make_room(recorder, NAME_MOST + bytes))
        return false;
    if (function->noted == recorder->serial || put_name(core, function))
        return true;
    gf_recorder_skip(recorder);
    return false;
}

/* A note without bytes. Nothing but inlined code sees it, so that it need not be in memory. */
static inline __attribute__((always_inline)) bool put_of(gf_core *core, gf_function *function,
                                                         const gf_note *note)
{
    gf_recorder *recorder = core->recorder;
    const bool is_ready = function->noted == recorder->serial && gf_recorder_has_room(recorder);
    const bool has_room = __builtin_expect(is_ready, 1) || prepare(core, function, 0);
    if (has_room)
        gf_encode(&recorder->encoder, note, recorder->now);
    return has_room;
}

/* The same with bytes of a block. */
static void put_with_bytes(gf_core *core, gf_function *function, gf_note note, gf_block *block, uint32_t at,
                           uint32_t size)
{
    gf_recorder_attach(core->recorder, &note, block, at, size);
    if (prepare(core, function, GF_COPY_MOST))
        gf_recorder_put(core->recorder, &note);
}

static bool has_payloads(const gf_core *core)
{
    return __builtin_expect(core->recorder->options.payloads, 0);
}

static void put_of_peer(gf_core *core, const gf_peer *peer, gf_note *note)
{
    note->peer = peer->id.slot;
    if (gf_recorder_make_room(core->recorder, GF_COPY_MOST))
        gf_recorder_put(core->recorder, note);
}

void gf_note_connect(gf_core *core, const gf_peer *peer, bool was_there)
{
    gf_note note = {.kind = GF_NOTE_CONNECT, .detail = was_there};
    gf_block *copy = NULL;
    if (has_payloads(core))
        copy = attach_copy(core, &note, peer->address, peer->address_size);
    put_of_peer(core, peer, &note);
    if (copy != NULL)
        gf_block_unref(copy, core->pool);
}

void gf_note_gone(gf_core *core, const gf_peer *peer)
{
    put_of_peer(core, peer, &(gf_note){.kind = GF_NOTE_GONE});
}

void gf_note_register(gf_core *core, const gf_registration *registration)
{
    const gf_note note = {.kind = GF_NOTE_REGISTER,
                          .function = id_of(registration->function),
                          .peer = registration->peer->id.slot,
                          .duration = registration->timeout};
    put_of(core, registration->function, &note);
}

void gf_note_unregister(gf_core *core, const gf_peer *peer, gf_function *function)
{
    const gf_note note = {.kind = GF_NOTE_UNREGISTER, .function = id_of(function), .peer = peer->id.slot};
    put_of(core, function, &note);
}

void gf_note_reset(gf_core *core, const gf_peer *peer)
{
    put_of_peer(core, peer, &(gf_note){.kind = GF_NOTE_RESET});
}

static inline uint8_t detail_of(const gf_job *job)
{
    unsigned detail = job->priority & GF_SUBMIT_PRIORITY;
    if (job->background)
        detail |= GF_SUBMIT_BACKGROUND;
    if (gf_job_has_key(job))
        detail |= GF_SUBMIT_UNIQUE;
    return (uint8_t)detail;
}

/* Submits of a client often come one after another, and only their sizes differ. Nothing comes again where
 * payloads are recorded, as none is remembered there; and the function was named before the last one. */
static inline bool put_again(gf_core *core, const gf_peer *peer, const gf_job *job)
{
    gf_recorder *recorder = core->recorder;
    gf_encoder *encoder = &recorder->encoder;
    const bool is_again = gf_recorder_has_room(recorder) && encoder->submit_peer == peer->id.slot &&
                          encoder->last_number + 1 == gf_job_number(job) &&
                          encoder->submit_function == id_of(job->function) &&
                          encoder->submit_detail == detail_of(job);
    if (is_again)
        gf_encode(encoder, &(gf_note){.kind = GF_NOTE_AGAIN, .size = job->data_size}, recorder->now);
    return is_again;
}

static void put_submit_with_bytes(gf_core *core, const gf_note *note, const gf_job *submitted)
{
    const uint32_t unique_at = submitted->function_size + 1U;
    put_with_bytes(core, submitted->function, *note, gf_job_block(submitted), GF_JOB_ROOM + unique_at,
                   submitted->data_at + submitted->data_size - unique_at);
}

static void put_submit_alone(gf_core *core, gf_function *function, const gf_note *note)
{
    gf_encoder *encoder = &core->recorder->encoder;
    if (!put_of(core, function, note))
        return;
    encoder->submit_peer = note->peer;
    encoder->submit_function = note->function;
    encoder->submit_detail = note->detail;
}

static void put_submit(gf_core *core, const gf_peer *peer, const gf_job *submitted, uint32_t number,
                       unsigned more, uint64_t delay)
{
    const gf_note note = {.kind = GF_NOTE_SUBMIT,
                          .detail = (uint8_t)(detail_of(submitted) | more),
                          .function = id_of(submitted->function),
                          .peer = peer->id.slot,
                          .number = number,
                          .size = submitted->data_size,
                          .duration = delay,
                          .unique_size = submitted->unique_size};
    if (has_payloads(core))
        put_submit_with_bytes(core, &note, submitted);
    else
        put_submit_alone(core, submitted->function, &note);
}

static void put_delayed(gf_core *core, const gf_peer *peer, const gf_job *job, int64_t when)
{
    put_submit(core, peer, job, gf_job_number(job), GF_SUBMIT_DELAYED, (uint64_t)(when - core->wall / 1000));
}

void gf_note_submit(gf_core *core, const gf_peer *peer, gf_job *job, int64_t when)
{
    job->since = core->recorder->now;
    if (when != 0)
        put_delayed(core, peer, job, when);
    else if (!put_again(core, peer, job))
        put_submit(core, peer, job, gf_job_number(job), 0, GF_DURATION_UNKNOWN);
}

void gf_note_joined(gf_core *core, const gf_peer *peer, const gf_job *job, const gf_job *submitted)
{
    put_submit(core, peer, submitted, gf_job_number(job), GF_SUBMIT_JOINED, GF_DURATION_UNKNOWN);
}

void gf_note_refused(gf_core *core, const gf_peer *peer, const gf_job *submitted)
{
    put_submit(core, peer, submitted, 0, GF_SUBMIT_REFUSED, GF_DURATION_UNKNOWN);
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
    const gf_note note = {.kind = GF_NOTE_START,
                          .function = id_of(job->function),
                          .peer = job->worker->id.slot,
                          .number = gf_job_number(job),
                          .duration = elapsed(core, job)};
    put_of(core, job->function, &note);
    job->since = core->recorder->now;
}

static uint32_t data_size(const gf_event *event)
{
    return event->size - event->data;
}

static void put_with_data(gf_core *core, gf_function *function, gf_note note, const gf_event *event)
{
    put_with_bytes(core, function, note, event->block, event->data, data_size(event));
}

void gf_note_update(gf_core *core, const gf_job *job, const gf_event *event)
{
    const gf_note note = {.kind = GF_NOTE_UPDATE,
                          .detail = event->type == GF_WORK_STATUS    ? GF_UPDATE_STATUS
                                    : event->type == GF_WORK_WARNING ? GF_UPDATE_WARNING
                                                                     : GF_UPDATE_DATA,
                          .function = id_of(job->function),
                          .number = gf_job_number(job),
                          .size = data_size(event)};
    if (has_payloads(core))
        put_with_data(core, job->function, note, event);
    else
        put_of(core, job->function, &note);
}

static inline gf_note note_of_end(const gf_core *core, const gf_job *job, gf_ending ending, uint32_t size)
{
    const bool has_run = job->state == GF_JOB_RUNNING;
    return (gf_note){.kind = GF_NOTE_END,
                     .detail = (uint8_t)ending,
                     .function = id_of(job->function),
                     .number = gf_job_number(job),
                     .size = size,
                     .duration = has_run ? elapsed(core, job) : GF_DURATION_UNKNOWN};
}

void gf_note_result(gf_core *core, const gf_job *job, gf_ending ending, const gf_event *event)
{
    const gf_note note = note_of_end(core, job, ending, data_size(event));
    if (has_payloads(core))
        put_with_data(core, job->function, note, event);
    else
        put_of(core, job->function, &note);
}

/* A job that waits again does so from now on. */
void gf_note_end(gf_core *core, gf_job *job, gf_ending ending)
{
    const gf_note note = note_of_end(core, job, ending, 0);
    put_of(core, job->function, &note);
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
