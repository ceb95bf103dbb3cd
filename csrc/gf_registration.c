/* Registrations: which connection can do which function. */
#include <stdlib.h>
#include <string.h>

#include "gf_parts.h"

enum {
    FEW = 8,   /* of one connection: to walk them costs less than to keep an index */
    AHEAD = 8, /* of many that are removed: so much earlier their neighbours are fetched from memory */
};

static gf_registration *at_node(gf_node *node)
{
    return GF_CONTAINER(node, gf_registration, by_function);
}

static bool is_for(gf_node *node, const void *function)
{
    return at_node(node)->function == function;
}

static gf_registration *first_in_list(const gf_peer *peer, const gf_function *function)
{
    gf_registration *registration = peer->registrations;
    while (registration != NULL && registration->function != function)
        registration = registration->peer_next;
    return registration;
}

/* Any one of them: cheaper than the newest where there are many. */
gf_registration *gf_registration_any(const gf_peer *peer, const gf_function *function)
{
    if (peer->by_function == NULL)
        return first_in_list(peer, function);
    gf_node *node = gf_index_find(peer->by_function, function->node.hash, is_for, function);
    return node == NULL ? NULL : at_node(node);
}

typedef struct newest_search {
    const gf_function *function;
    gf_registration **newest;
} newest_search;

static bool note_newest(gf_node *node, const void *context)
{
    const newest_search *search = context;
    gf_registration *found = at_node(node);
    if (found->function == search->function &&
        (*search->newest == NULL || found->order > (*search->newest)->order))
        *search->newest = found;
    return false;
}

/* The newest one if the connection registered the function more than once. */
gf_registration *gf_registration_find(const gf_peer *peer, const gf_function *function)
{
    if (peer->by_function == NULL)
        return first_in_list(peer, function);
    gf_registration *newest = NULL;
    const newest_search search = {.function = function, .newest = &newest};
    gf_index_find(peer->by_function, function->node.hash, note_newest, &search);
    return newest;
}

static void index_add(gf_peer *peer, gf_registration *registration)
{
    if (peer->by_function != NULL)
        gf_index_insert(peer->by_function, &registration->by_function, registration->function->node.hash);
}

static void index_drop(gf_peer *peer)
{
    if (peer->by_function == NULL)
        return;
    gf_index_free(peer->by_function);
    free(peer->by_function);
    peer->by_function = NULL;
}

/* Before one more is added. */
static bool index_ready(gf_peer *peer)
{
    if (peer->by_function != NULL || peer->registration_count < FEW)
        return true;
    peer->by_function = malloc(sizeof *peer->by_function);
    if (peer->by_function == NULL)
        return false;
    if (gf_index_init(peer->by_function, GF_INDEX_SMALL) != GF_OK) {
        free(peer->by_function);
        peer->by_function = NULL;
        return false;
    }
    for (gf_registration *own = peer->registrations; own != NULL; own = own->peer_next)
        index_add(peer, own);
    return true;
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
    if (!index_ready(peer)) {
        gf_core_release(core, registration);
        return false;
    }
    *registration = (gf_registration){.peer = peer, .function = function, .timeout = timeout};
    list_add_front(registration);
    memset(peer->barren, 0, sizeof peer->barren);
    ring_add(registration);
    index_add(peer, registration);
    peer->registration_count++;
    core->counts.registrations++;
    return true;
}

void gf_registration_remove(gf_core *core, gf_registration *registration)
{
    gf_peer *peer = registration->peer;
    list_remove(registration);
    ring_remove(registration);
    if (peer->by_function != NULL)
        gf_index_remove(peer->by_function, &registration->by_function);
    peer->registration_count--;
    core->counts.registrations--;
    gf_core_release(core, registration);
    if (peer->registration_count == 0)
        index_drop(peer);
}

/* What ring_remove will touch lies anywhere. */
static gf_registration *prefetch_ring(gf_registration *registration)
{
    if (registration == NULL)
        return NULL;
    __builtin_prefetch(registration->ring_previous, 1);
    __builtin_prefetch(registration->ring_next, 1);
    return registration->peer_next;
}

/* The index goes first, and whole: then none of them is looked up in it. */
void gf_registration_remove_all(gf_core *core, gf_peer *peer)
{
    index_drop(peer);
    gf_registration *ahead = peer->registrations;
    for (int i = 0; i < AHEAD; i++)
        ahead = prefetch_ring(ahead);
    while (peer->registrations != NULL) {
        ahead = prefetch_ring(ahead);
        gf_registration_remove(core, peer->registrations);
    }
}

/* To the end of the order in which its connection's functions are looked at. */
void gf_registration_rotate(gf_registration *registration)
{
    if (registration->peer_next == NULL)
        return;
    list_remove(registration);
    list_add_back(registration);
}
