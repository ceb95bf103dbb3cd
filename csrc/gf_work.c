/* What a worker says of the job it runs. */
#include "gf_bytes.h"
#include "gf_parts.h"

enum { DENOMINATOR_MAX = 10 };

static uint32_t until_nul(const uint8_t *text, uint32_t size)
{
    const uint8_t *end = gf_find_nul(text, size);
    return end == NULL ? size : (uint32_t)(end - text);
}

/* NULL unless this connection runs the job now. */
static gf_job *own_job(gf_core *core, const gf_peer *peer, const gf_event *event)
{
    const uint8_t *handle = gf_event_body(event);
    gf_job *job = gf_job_of_handle(core, handle, until_nul(handle, event->argument1));
    return job != NULL && job->worker == peer ? job : NULL;
}

void gf_on_work_data(gf_core *core, gf_peer *peer, const gf_event *event)
{
    const gf_job *job = own_job(core, peer, event);
    if (job == NULL)
        gf_reply_error(core, peer, GF_ERROR_NO_JOB_FOR_DATA);
    else
        gf_tell_clients(core, job, event);
    if (job != NULL && gf_is_recording(core))
        gf_note_update(core, job, event);
}

/* As C's atoi stores into 32 bits: lenient, and wrapping. */
static uint32_t parse_progress(const uint8_t *text, uint32_t size)
{
    int64_t value;
    (void)gf_parse_int64(text, size, &value);
    return (uint32_t)value;
}

void gf_on_work_status(gf_core *core, gf_peer *peer, const gf_event *event)
{
    gf_job *job = own_job(core, peer, event);
    if (job == NULL) {
        gf_reply_error(core, peer, GF_ERROR_NO_JOB_FOR_RESULT);
        return;
    }
    const uint8_t *body = gf_event_body(event);
    uint32_t denominator = until_nul(body + event->data, event->size - event->data);
    job->numerator = parse_progress(body + event->argument1 + 1, event->argument2 - event->argument1 - 1);
    job->denominator =
        parse_progress(body + event->data, denominator < DENOMINATOR_MAX ? denominator : DENOMINATOR_MAX);
    gf_tell_clients(core, job, event);
    if (gf_is_recording(core))
        gf_note_update(core, job, event);
}

void gf_on_work_complete(gf_core *core, gf_peer *peer, const gf_event *event)
{
    gf_job *job = own_job(core, peer, event);
    if (job == NULL) {
        gf_reply_error(core, peer, GF_ERROR_NO_JOB_FOR_RESULT);
        return;
    }
    gf_tell_clients(core, job, event);
    core->counts.completed++;
    if (gf_is_recording(core))
        gf_note_result(core, job, GF_ENDING_COMPLETE, event);
    gf_job_end(core, job);
}

/* Clients get the bare handle, whatever the worker put behind it. */
void gf_on_work_fail(gf_core *core, gf_peer *peer, const gf_event *event)
{
    gf_job *job = own_job(core, peer, event);
    if (job != NULL)
        gf_job_fail(core, job, GF_ENDING_FAIL);
    else if (until_nul(gf_event_body(event), event->size) > GF_HANDLE_MAX)
        gf_reply_error(core, peer, GF_ERROR_HANDLE_TOO_LARGE);
    else
        gf_reply_error(core, peer, GF_ERROR_NO_JOB_FOR_RESULT);
}

/* Final, as from gearmand; a client that did not ask for exceptions sees a failure. */
void gf_on_work_exception(gf_core *core, gf_peer *peer, const gf_event *event)
{
    gf_job *job = own_job(core, peer, event);
    if (job == NULL) {
        gf_reply_error(core, peer, GF_ERROR_NO_JOB_FOR_EXCEPTION);
        return;
    }
    for (gf_attachment *client = job->clients; client != NULL; client = client->job_next) {
        if (client->peer->exceptions)
            gf_tell_client(core, client->peer, job, event);
        else
            gf_reply_handle(core, client->peer, GF_WORK_FAIL, gf_job_number(job));
    }
    core->counts.failed++;
    if (gf_is_recording(core))
        gf_note_result(core, job, GF_ENDING_EXCEPTION, event);
    gf_job_end(core, job);
}
