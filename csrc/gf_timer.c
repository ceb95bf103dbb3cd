/* Four-way heap: half as deep as a binary one, and the four keys compared lie in one or two cache lines. */
#include "gf_timer.h"

#include <stdlib.h>

enum { WAYS = 4, LEAST_CAPACITY = 64 };

void gf_timers_init(gf_timers *timers)
{
    *timers = (gf_timers){0};
}

void gf_timers_free(gf_timers *timers)
{
    free(timers->heap);
    *timers = (gf_timers){0};
}

static void place(gf_timers *timers, uint32_t at, gf_timer_entry entry)
{
    timers->heap[at] = entry;
    entry.timer->at = at + 1;
}

/* Moves the hole at `at` towards the root until `entry` fits. */
static void sift_up(gf_timers *timers, uint32_t at, gf_timer_entry entry)
{
    while (at > 0) {
        const uint32_t parent = (at - 1) / WAYS;
        if (timers->heap[parent].due <= entry.due)
            break;
        place(timers, at, timers->heap[parent]);
        at = parent;
    }
    place(timers, at, entry);
}

static uint32_t earliest_child(const gf_timers *timers, uint32_t first)
{
    const uint32_t end = timers->count - first < WAYS ? timers->count : first + WAYS;
    uint32_t earliest = first;
    for (uint32_t child = first + 1; child < end; child++)
        if (timers->heap[child].due < timers->heap[earliest].due)
            earliest = child;
    return earliest;
}

/* Moves the hole at `at` away from the root until `entry` fits. */
static void sift_down(gf_timers *timers, uint32_t at, gf_timer_entry entry)
{
    for (;;) {
        const uint64_t first = (uint64_t)at * WAYS + 1;
        if (first >= timers->count)
            break;
        const uint32_t child = earliest_child(timers, (uint32_t)first);
        if (timers->heap[child].due >= entry.due)
            break;
        place(timers, at, timers->heap[child]);
        at = child;
    }
    place(timers, at, entry);
}

static void sift(gf_timers *timers, uint32_t at, gf_timer_entry entry)
{
    if (at > 0 && timers->heap[(at - 1) / WAYS].due > entry.due)
        sift_up(timers, at, entry);
    else
        sift_down(timers, at, entry);
}

static int resize(gf_timers *timers, uint32_t capacity)
{
    gf_timer_entry *heap = realloc(timers->heap, capacity * sizeof *heap);
    if (!heap)
        return GF_NOMEM;
    timers->heap = heap;
    timers->capacity = capacity;
    return GF_OK;
}

static int make_room(gf_timers *timers)
{
    if (timers->count < timers->capacity)
        return GF_OK;
    if (timers->capacity > UINT32_MAX / 2)
        return GF_NOMEM;
    return resize(timers, timers->capacity ? 2 * timers->capacity : LEAST_CAPACITY);
}

int gf_timers_arm(gf_timers *timers, gf_timer *timer, uint64_t due)
{
    if (!timer->at) {
        const int rc = make_room(timers);
        if (rc < 0)
            return rc;
        timer->at = ++timers->count;
        timers->heap[timer->at - 1].due = due;
    }
    timer->due = due;
    sift(timers, timer->at - 1, (gf_timer_entry){.due = due, .timer = timer});
    return GF_OK;
}

void gf_timers_cancel(gf_timers *timers, gf_timer *timer)
{
    if (!timer->at)
        return;
    const uint32_t at = timer->at - 1;
    const gf_timer_entry last = timers->heap[--timers->count];
    timer->at = 0;
    if (at < timers->count)
        sift(timers, at, last);
    /* A quarter full, halved: far from growing again. Without memory it just stays large. */
    if (timers->capacity > LEAST_CAPACITY && timers->count < timers->capacity / 4)
        (void)resize(timers, timers->capacity / 2);
}

gf_timer *gf_timers_pop(gf_timers *timers, uint64_t now)
{
    if (gf_timers_next(timers) > now || !timers->count)
        return NULL;
    gf_timer *first = timers->heap[0].timer;
    gf_timers_cancel(timers, first);
    return first;
}
