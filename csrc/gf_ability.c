/* CAN_DO and what takes it back. */
#include "gf_bytes.h"
#include "gf_parts.h"

enum { TIMEOUT_TEXT_MAX = 20, TIMEOUT_LEAST = 1000 };

static void can_do(gf_core *core, gf_peer *peer, const gf_event *event, uint32_t timeout)
{
    const uint8_t *name = gf_event_body(event);
    gf_error error = gf_memory_refusal_of_worker(core);
    gf_function *function = gf_function_wanted(core, name, event->argument1, event->function_hash,
                                               gf_memory_refusal(core, 0), &error);
    if (error == GF_ERROR_NONE && !gf_registration_add(core, peer, function, timeout))
        error = GF_ERROR_NO_MEMORY;
    if (error != GF_ERROR_NONE) {
        gf_reply_error(core, peer, error);
        return;
    }
    if (gf_is_recording(core))
        gf_note_register(core, peer->registrations);
    gf_wake_registered(core, peer, function);
}

void gf_on_can_do(gf_core *core, gf_peer *peer, const gf_event *event)
{
    can_do(core, peer, event, 0);
}

/* Milliseconds, at least a second; nothing positive means no time-out. */
static bool parse_timeout(const uint8_t *text, uint32_t size, uint32_t *timeout)
{
    int64_t value;
    if (size > TIMEOUT_TEXT_MAX || !gf_parse_int64(text, size, &value))
        return false;
    if (value > 0 && value < TIMEOUT_LEAST)
        value = TIMEOUT_LEAST;
    *timeout = value <= 0 ? 0 : value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
    return true;
}

void gf_on_can_do_timeout(gf_core *core, gf_peer *peer, const gf_event *event)
{
    uint32_t timeout;
    if (parse_timeout(gf_event_body(event) + event->data, event->size - event->data, &timeout))
        can_do(core, peer, event, timeout);
    else
        gf_reply_error(core, peer, GF_ERROR_TIMEOUT_ARGUMENT);
}

/* Jobs it runs of this function, or of any, wait again. */
static void give_back(gf_core *core, gf_peer *peer, const gf_function *function)
{
    gf_job *next;
    for (gf_job *job = peer->running; job != NULL; job = next) {
        next = job->next;
        if (function == NULL || job->function == function)
            gf_job_requeue(core, job);
    }
}

void gf_on_cant_do(gf_core *core, gf_peer *peer, const gf_event *event)
{
    gf_function *function =
        gf_function_find(core, gf_event_body(event), event->argument1, event->function_hash);
    if (function == NULL)
        return;
    gf_registration *registration;
    while ((registration = gf_registration_any(peer, function)) != NULL)
        gf_registration_remove(core, registration);
    if (gf_is_recording(core))
        gf_note_unregister(core, peer, function);
    gf_wake_withdraw(core, peer, function);
    give_back(core, peer, function);
}

void gf_on_reset_abilities(gf_core *core, gf_peer *peer, const gf_event *event)
{
    (void)event;
    if (gf_is_recording(core))
        gf_note_reset(core, peer);
    gf_registration_remove_all(core, peer);
    if (peer->woken_for != NULL)
        gf_wake_withdraw(core, peer, peer->woken_for);
    give_back(core, peer, NULL);
}
