/* Which job a worker gets.
 *
 * Two ways lead to the first of a worker's functions that is ready: walk the worker's registrations in
 * order, or look at every ready function whether the worker can do it. The first is tried for as many
 * steps as the second would take, so the cost is bounded by the shorter of the two: a worker of 2,000
 * functions with one ready and a worker of one function among 2,000 ready ones are both served at once. */
#include "gf_parts.h"

static gf_registration *best_of_ready(const gf_core *core, const gf_peer *peer, int list)
{
    gf_registration *best = NULL;
    for (gf_function *function = core->ready[list].head; function != NULL;
         function = function->ready[list].next) {
        gf_registration *found = gf_registration_find(peer, function);
        if (found != NULL && (best == NULL || found->order > best->order))
            best = found;
    }
    return best;
}

static gf_registration *first_ready(const gf_core *core, const gf_peer *peer, int list)
{
    uint32_t steps = core->ready[list].count;
    if (steps == 0)
        return NULL;
    for (gf_registration *own = peer->registrations; own != NULL; own = own->peer_next) {
        if (steps-- == 0)
            return best_of_ready(core, peer, list);
        if (own->function->ready[list].linked)
            return own;
    }
    return NULL;
}

/* Priority first, over all the worker's functions. */
static gf_job *pick_by_priority(const gf_core *core, const gf_peer *peer, gf_registration **through)
{
    for (int priority = GF_HIGH; priority < GF_PRIORITIES; priority++) {
        *through = first_ready(core, peer, priority);
        if (*through != NULL)
            return gf_function_first((*through)->function, (gf_priority)priority);
    }
    return NULL;
}

/* The first function that has anything, and its best. */
static gf_job *pick_by_function(const gf_core *core, const gf_peer *peer, gf_registration **through)
{
    *through = first_ready(core, peer, GF_ANY);
    if (*through == NULL)
        return NULL;
    int priority = GF_HIGH;
    while (gf_function_waiting((*through)->function, (gf_priority)priority) == 0)
        priority++;
    return gf_function_first((*through)->function, (gf_priority)priority);
}

/* NULL when nothing waits that the worker can do. The job is not taken yet. */
gf_job *gf_pick(const gf_core *core, const gf_peer *peer, gf_registration **through)
{
    if (core->options.compat == GF_COMPAT_1_1)
        return pick_by_function(core, peer, through);
    return pick_by_priority(core, peer, through);
}
