/* Clients attached to jobs: who hears of a job, and what their leaving means for it. */
#include "gf_parts.h"

static void link_attachment(gf_attachment *attachment)
{
    gf_job *job = attachment->job;
    gf_peer *peer = attachment->peer;
    attachment->job_next = job->clients;
    if (job->clients != NULL)
        job->clients->job_previous = attachment;
    job->clients = attachment;
    attachment->peer_next = peer->attachments;
    if (peer->attachments != NULL)
        peer->attachments->peer_previous = attachment;
    peer->attachments = attachment;
}

static void unlink_attachment(gf_attachment *attachment)
{
    gf_attachment **before = &attachment->job->clients;
    *(attachment->job_previous != NULL ? &attachment->job_previous->job_next : before) = attachment->job_next;
    if (attachment->job_next != NULL)
        attachment->job_next->job_previous = attachment->job_previous;
    before = &attachment->peer->attachments;
    *(attachment->peer_previous != NULL ? &attachment->peer_previous->peer_next : before) =
        attachment->peer_next;
    if (attachment->peer_next != NULL)
        attachment->peer_next->peer_previous = attachment->peer_previous;
}

static void detach(gf_core *core, gf_attachment *attachment)
{
    unlink_attachment(attachment);
    gf_core_release(core, attachment);
    core->counts.attachments--;
}

/* False when memory is out. */
bool gf_attach(gf_core *core, gf_peer *peer, gf_job *job)
{
    gf_attachment *attachment = gf_core_alloc(core, sizeof *attachment);
    if (attachment == NULL)
        return false;
    *attachment = (gf_attachment){.peer = peer, .job = job};
    link_attachment(attachment);
    core->counts.attachments++;
    return true;
}

void gf_detach_job(gf_core *core, gf_job *job)
{
    while (job->clients != NULL)
        detach(core, job->clients);
}

/* A job nobody waits for any more is removed at once; a running one first runs to its end. */
void gf_detach_peer(gf_core *core, gf_peer *peer)
{
    while (peer->attachments != NULL) {
        gf_job *job = peer->attachments->job;
        detach(core, peer->attachments);
        if (!gf_job_wanted(job) && job->state != GF_JOB_RUNNING)
            gf_job_withdraw(core, job, GF_ENDING_UNWANTED);
    }
}

/* The packet from the worker, passed on as it came. Some workers leave out the NUL where there is no data,
 * which clients would wait for. */
void gf_tell_client(gf_core *core, const gf_peer *client, const gf_job *job, const gf_event *event)
{
    gf_packet_type type = (gf_packet_type)event->type;
    if (event->argument1 == event->size)
        gf_reply_handle_no_data(core, client, type, gf_job_number(job));
    else
        gf_reply_block(core, client, type, event->block, 0, event->size);
}

/* The client attached last hears it first. */
void gf_tell_clients(gf_core *core, const gf_job *job, const gf_event *event)
{
    for (gf_attachment *client = job->clients; client != NULL; client = client->job_next)
        gf_tell_client(core, client->peer, job, event);
}
