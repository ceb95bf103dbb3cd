/* Which job a worker gets.
 *
 * Two ways lead to the first of a worker's functions that is ready: walk the worker's registrations in
 * order, or look at every ready function whether the worker can do it. The first is tried for as many
 * steps as the second would take, so the cost is bounded by the shorter of the two: a worker of 2,000
 * functions with one ready and a worker of one function among 2,000 ready ones are both served at once. A
 * worker that looked in vain remembers up to which function it looked: it next looks at those alone that
 * have become ready since. */
#include "gf_parts.h"

/* Of the list's functions those the peer has not looked at in vain; NULL: no more. */
static const gf_function *unless_barren(const gf_peer *peer, const gf_function *function, int list)
{
    return function != NULL && function->ready[list].since > peer->barren[list] ? function : NULL;
}

static gf_registration *best_of_ready(const gf_core *core, const gf_peer *peer, int list)
{
    gf_registration *best = NULL;
    const gf_function *function = unless_barren(peer, core->ready[list].head, list);
    for (; function != NULL; function = unless_barren(peer, function->ready[list].next, list)) {
        gf_registration *found = gf_registration_find(peer, function);
        if (found != NULL && (best == NULL || found->order > best->order))
            best = found;
    }
    return best;
}

static gf_registration *search(const gf_core *core, const gf_peer *peer, int list)
{
    const gf_function *other = core->ready[list].head;
    for (gf_registration *own = peer->registrations; own != NULL; own = own->peer_next) {
        if (own->function->ready[list].linked)
            return own;
        other = unless_barren(peer, other->ready[list].next, list);
        if (other == NULL)
            return best_of_ready(core, peer, list);
    }
    return NULL;
}

static gf_registration *first_ready(const gf_core *core, gf_peer *peer, int list)
{
    if (unless_barren(peer, core->ready[list].head, list) == NULL)
        return NULL;
    gf_registration *found = search(core, peer, list);
    if (found == NULL)
        peer->barren[list] = core->readied;
    return found;
}

/* Priority first, over all the worker's functions. */
static gf_job *pick_by_priority(const gf_core *core, gf_peer *peer, gf_registration **through)
{
    for (int priority = GF_HIGH; priority < GF_PRIORITIES; priority++) {
        *through = first_ready(core, peer, priority);
        if (*through != NULL)
            return gf_function_first((*through)->function, (gf_priority)priority);
    }
    return NULL;
}

/* The first function that has anything, and its best. */
static gf_job *pick_by_function(const gf_core *core, gf_peer *peer, gf_registration **through)
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
gf_job *gf_pick(const gf_core *core, gf_peer *peer, gf_registration **through)
{
    if (core->options.compat == GF_COMPAT_1_1)
        return pick_by_function(core, peer, through);
    return pick_by_priority(core, peer, through);
}
