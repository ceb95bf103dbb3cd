/* Sleeping workers: who is woken, and what becomes of a wake-up that is not answered.
 *
 * Each woken worker is counted for one function in `pending` until it comes for a job, leaves, or stays
 * silent too long. As long as a function has more runnable jobs than pending workers, another one is woken:
 * so no wake-up is lost with the worker it was sent to, and no more are awake than there are jobs. */
#include "gf_parts.h"

static void push_front(gf_peer_list *list, gf_peer *peer)
{
    peer->rest_previous = NULL;
    peer->rest_next = list->head;
    *(list->head != NULL ? &list->head->rest_previous : &list->tail) = peer;
    list->head = peer;
    list->count++;
}

static void push_back(gf_peer_list *list, gf_peer *peer)
{
    peer->rest_next = NULL;
    peer->rest_previous = list->tail;
    *(list->tail != NULL ? &list->tail->rest_next : &list->head) = peer;
    list->tail = peer;
    list->count++;
}

static void take_out(gf_peer_list *list, gf_peer *peer)
{
    *(peer->rest_previous != NULL ? &peer->rest_previous->rest_next : &list->head) = peer->rest_next;
    *(peer->rest_next != NULL ? &peer->rest_next->rest_previous : &list->tail) = peer->rest_previous;
    list->count--;
}

static void set_rest(gf_core *core, gf_peer *peer, gf_rest rest)
{
    if (peer->rest == GF_ASLEEP)
        take_out(&core->sleepers, peer);
    else if (peer->rest == GF_WOKEN)
        take_out(&core->woken, peer);
    peer->rest = (uint8_t)rest;
    if (rest == GF_ASLEEP) {
        peer->rested = ++core->sleeps;
        push_front(&core->sleepers, peer);
    } else if (rest == GF_WOKEN) {
        peer->rested = core->now;
        push_back(&core->woken, peer);
    }
}

/* Sends a NOOP and expects the worker to come for a job of this function. */
void gf_wake(gf_core *core, gf_peer *peer, gf_function *function)
{
    set_rest(core, peer, GF_WOKEN);
    peer->woken_for = function;
    function->pending++;
    gf_reply_empty(core, peer, GF_NOOP);
}

static gf_peer *sleeper_in_ring(gf_function *function)
{
    gf_registration *registration = function->ring;
    for (uint32_t i = 0; i < function->registrations; i++, registration = registration->ring_next)
        if (registration->peer->rest == GF_ASLEEP)
            return registration->peer;
    return NULL;
}

/* Looks among those who fell asleep since the last vain search, unless the function has fewer workers. */
static gf_peer *find_sleeper(const gf_core *core, gf_function *function)
{
    uint32_t steps = function->registrations;
    gf_peer *peer = core->sleepers.head;
    for (; peer != NULL && peer->rested > function->checked; peer = peer->rest_next) {
        if (steps-- == 0) {
            peer = sleeper_in_ring(function);
            break;
        }
        if (gf_registration_any(peer, function) != NULL)
            return peer;
    }
    if (peer == NULL || peer->rested <= function->checked) {
        function->checked = core->sleeps;
        return NULL;
    }
    return peer;
}

/* Wakes sleepers while fewer are on their way than jobs could be had. */
void gf_wake_more(gf_core *core, gf_function *function)
{
    while (function->pending < gf_function_runnable(function)) {
        gf_peer *peer = find_sleeper(core, function);
        if (peer == NULL)
            return;
        gf_wake(core, peer, function);
    }
}

/* `-w N` and `-w 0`: round the function's ring from where the last wake-up ended, as gearmand does. */
static void wake_round(gf_core *core, gf_function *function, uint32_t most)
{
    gf_registration *registration = function->ring;
    uint32_t woken = 0;
    for (uint32_t i = 0; i < function->registrations && (most == 0 || woken < most); i++) {
        if (registration->peer->rest == GF_ASLEEP) {
            gf_wake(core, registration->peer, function);
            woken++;
        }
        registration = registration->ring_next;
    }
    function->ring = registration;
}

/* A job of this function has become runnable. */
void gf_wake_for_job(gf_core *core, gf_function *function)
{
    if (core->options.wakeup == GF_WAKE_AUTO)
        gf_wake_more(core, function);
    else
        wake_round(core, function, (uint32_t)core->options.wakeup);
}

/* A sleeping worker registered for one more function: earlier searches did not count it. */
void gf_wake_registered(gf_core *core, gf_peer *peer, gf_function *function)
{
    if (peer->rest != GF_ASLEEP)
        return;
    function->checked = 0;
    if (core->options.wakeup == GF_WAKE_AUTO)
        gf_wake_more(core, function);
}

/* A worker that was woken for this function can't do it any more: its NOOP no longer counts. */
void gf_wake_withdraw(gf_core *core, gf_peer *peer, const gf_function *function)
{
    if (peer->rest != GF_WOKEN || peer->woken_for != function)
        return;
    gf_function *lost = gf_awake(core, peer);
    set_rest(core, peer, GF_SUSPECT);
    gf_wake_more(core, lost);
}

void gf_sleep(gf_core *core, gf_peer *peer)
{
    set_rest(core, peer, GF_ASLEEP);
}

/* The peer grabs, goes back to sleep or leaves. Returns the function it was woken for, or NULL. */
gf_function *gf_awake(gf_core *core, gf_peer *peer)
{
    gf_function *function = peer->woken_for;
    set_rest(core, peer, GF_AWAKE);
    peer->woken_for = NULL;
    if (function != NULL)
        function->pending--;
    return function;
}

/* Woken workers that have been silent too long no longer count: others are woken in their place. */
void gf_suspect(gf_core *core)
{
    while (core->woken.head != NULL && core->now - core->woken.head->rested >= core->options.suspect_after) {
        gf_peer *peer = core->woken.head;
        gf_function *function = gf_awake(core, peer);
        set_rest(core, peer, GF_SUSPECT);
        gf_wake_more(core, function);
    }
}
