/* Registrations: which connection can do which function. */
#include "gf_parts.h"

/* Connections are told apart by slot; a slot has one peer at a time. */
static uint32_t pair_hash(const gf_peer *peer, const gf_function *function)
{
    return gf_mix32(function->node.hash, peer->id.slot);
}

/* The newest one if the connection registered the function more than once. */
gf_registration *gf_registration_find(const gf_core *core, const gf_peer *peer, const gf_function *function)
{
    gf_registration *newest = NULL;
    gf_node *node = gf_table_first(&core->registrations, pair_hash(peer, function));
    for (; node != NULL; node = gf_table_next(node)) {
        gf_registration *found = GF_CONTAINER(node, gf_registration, node);
        if (found->peer == peer && found->function == function &&
            (newest == NULL || found->order > newest->order))
            newest = found;
    }
    return newest;
}

/* Any one of them: cheaper than the newest where there are many. */
gf_registration *gf_registration_any(const gf_core *core, const gf_peer *peer, const gf_function *function)
{
    gf_node *node = gf_table_first(&core->registrations, pair_hash(peer, function));
    for (; node != NULL; node = gf_table_next(node)) {
        gf_registration *found = GF_CONTAINER(node, gf_registration, node);
        if (found->peer == peer && found->function == function)
            return found;
    }
    return NULL;
}

static void list_add_front(gf_registration *registration)
{
    gf_peer *peer = registration->peer;
    registration->order = ++peer->order_front;
    registration->peer_previous = NULL;
    registration->peer_next = peer->registrations;
    *(peer->registrations != NULL ? &peer->registrations->peer_previous : &peer->last_registration) =
        registration;
    peer->registrations = registration;
}

static void list_add_back(gf_registration *registration)
{
    gf_peer *peer = registration->peer;
    registration->order = --peer->order_back;
    registration->peer_next = NULL;
    registration->peer_previous = peer->last_registration;
    *(peer->last_registration != NULL ? &peer->last_registration->peer_next : &peer->registrations) =
        registration;
    peer->last_registration = registration;
}

static void list_remove(gf_registration *registration)
{
    gf_peer *peer = registration->peer;
    gf_registration *previous = registration->peer_previous;
    gf_registration *next = registration->peer_next;
    *(previous != NULL ? &previous->peer_next : &peer->registrations) = next;
    *(next != NULL ? &next->peer_previous : &peer->last_registration) = previous;
}

/* The newest stands where the next wake-up looks last, as in gearmand. */
static void ring_add(gf_registration *registration)
{
    gf_function *function = registration->function;
    gf_registration *head = function->ring;
    registration->ring_next = head != NULL ? head : registration;
    registration->ring_previous = head != NULL ? head->ring_previous : registration;
    registration->ring_previous->ring_next = registration;
    registration->ring_next->ring_previous = registration;
    if (head == NULL)
        function->ring = registration;
    function->registrations++;
}

static void ring_remove(gf_registration *registration)
{
    gf_function *function = registration->function;
    registration->ring_previous->ring_next = registration->ring_next;
    registration->ring_next->ring_previous = registration->ring_previous;
    if (function->ring == registration)
        function->ring = --function->registrations == 0 ? NULL : registration->ring_next;
    else
        function->registrations--;
}

/* False when memory is out. */
bool gf_registration_add(gf_core *core, gf_peer *peer, gf_function *function, uint32_t timeout)
{
    gf_registration *registration = gf_core_alloc(core, sizeof *registration);
    if (registration == NULL)
        return false;
    *registration = (gf_registration){.peer = peer, .function = function, .timeout = timeout};
    list_add_front(registration);
    ring_add(registration);
    gf_table_insert(&core->registrations, &registration->node, pair_hash(peer, function));
    peer->registration_count++;
    core->counts.registrations++;
    return true;
}

void gf_registration_remove(gf_core *core, gf_registration *registration)
{
    list_remove(registration);
    ring_remove(registration);
    gf_table_remove(&core->registrations, &registration->node);
    registration->peer->registration_count--;
    core->counts.registrations--;
    gf_core_release(core, registration);
}

void gf_registration_remove_all(gf_core *core, gf_peer *peer)
{
    while (peer->registrations != NULL)
        gf_registration_remove(core, peer->registrations);
}

/* To the end of the order in which its connection's functions are looked at. */
void gf_registration_rotate(gf_registration *registration)
{
    if (registration->peer_next == NULL)
        return;
    list_remove(registration);
    list_add_back(registration);
}
