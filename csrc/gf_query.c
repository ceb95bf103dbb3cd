/* Questions and settings: status, echo, options, the client's id. */
#include <string.h>
#include <strings.h>

#include "gf_bytes.h"
#include "gf_parts.h"

enum { OPTION_MAX = 63, CLIENT_ID_MAX = 127 };

static uint32_t until_nul(const gf_event *event)
{
    const uint8_t *body = gf_event_body(event);
    const uint8_t *end = gf_find_nul(body, event->size);
    return end == NULL ? event->size : (uint32_t)(end - body);
}

static void field(gf_text *text, uint32_t number)
{
    gf_text_byte(text, '\0');
    gf_text_number(text, number);
}

static void put_status(gf_text *text, const gf_event *event, uint32_t size, const gf_job *job)
{
    gf_text_bytes(text, gf_event_body(event), size);
    field(text, job != NULL);
    field(text, job != NULL && job->state == GF_JOB_RUNNING);
    field(text, job != NULL ? job->numerator : 0);
    field(text, job != NULL ? job->denominator : 0);
}

void gf_on_get_status(gf_core *core, gf_peer *peer, const gf_event *event)
{
    uint32_t size = until_nul(event);
    if (size > GF_HANDLE_MAX) {
        gf_reply_error(core, peer, GF_ERROR_HANDLE_TOO_LARGE);
        return;
    }
    gf_text text;
    gf_text_start(&text, core);
    put_status(&text, event, size, gf_job_of_handle(core, gf_event_body(event), size));
    gf_text_send_packet(&text, peer, GF_STATUS_RES);
}

static uint32_t client_count(const gf_job *job)
{
    uint32_t count = 0;
    for (const gf_attachment *client = job->clients; client != NULL; client = client->job_next)
        count++;
    return count;
}

void gf_on_get_status_unique(gf_core *core, gf_peer *peer, const gf_event *event)
{
    const uint8_t *unique = gf_event_body(event);
    uint32_t size = until_nul(event);
    if (size > GF_UNIQUE_MAX) {
        gf_reply_error(core, peer, GF_ERROR_UNIQUE_TOO_LARGE);
        return;
    }
    const gf_job *job = gf_unique_newest(core, unique, size, gf_hash(&core->options.seed, unique, size));
    gf_text text;
    gf_text_start(&text, core);
    put_status(&text, event, size, job);
    field(&text, job != NULL ? client_count(job) : 0);
    gf_text_send_packet(&text, peer, GF_STATUS_RES_UNIQUE);
}

void gf_on_echo(gf_core *core, gf_peer *peer, const gf_event *event)
{
    gf_reply_block(core, peer, GF_ECHO_RES, event->block, 0, event->size);
}

void gf_on_option(gf_core *core, gf_peer *peer, const gf_event *event)
{
    static const char exceptions[] = "exceptions";
    const char *name = (const char *)gf_event_body(event);
    uint32_t size = until_nul(event);
    bool known = event->size <= OPTION_MAX && size == sizeof exceptions - 1 &&
                 strncasecmp(name, exceptions, size) == 0;
    if (!known) {
        gf_reply_error(core, peer, GF_ERROR_UNKNOWN_OPTION);
        return;
    }
    peer->exceptions = true;
    gf_reply_block(core, peer, GF_OPTION_RES, event->block, 0, event->size);
}

void gf_on_client_id(gf_core *core, gf_peer *peer, const gf_event *event)
{
    uint32_t size = event->size < CLIENT_ID_MAX ? event->size : CLIENT_ID_MAX;
    uint8_t *id = gf_core_alloc_counted(core, size + 1);
    if (id == NULL)
        return;
    memcpy(id, gf_event_body(event), size);
    id[size] = '\0';
    gf_core_release_counted(core, peer->client_id);
    peer->client_id = id;
}
