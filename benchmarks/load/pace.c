#include "pace.h"

#include "clock.h"

static uint64_t due(const pace *p)
{
    return p->start + (uint64_t)((double)p->given * p->interval);
}

bool pace_exhausted(const pace *p, uint64_t now)
{
    if (p->given >= p->jobs)
        return true;
    if (p->busy && atomic_load_explicit(p->busy, memory_order_relaxed) == 0)
        return true;
    return p->interval > 0 ? due(p) >= p->end : now >= p->end;
}

bool pace_take(pace *p, uint64_t now, uint64_t *moment)
{
    if (pace_exhausted(p, now))
        return false;
    *moment = p->interval > 0 ? due(p) : now;
    if (*moment > now)
        return false;
    p->given++;
    return true;
}

uint64_t pace_next(const pace *p)
{
    return p->interval > 0 && p->given < p->jobs && due(p) < p->end ? due(p) : NEVER;
}
