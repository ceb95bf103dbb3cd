/* Deadlines: a four-way heap of intrusive timers, in any unit that fits 64 bits. Arming, cancelling and
 * taking the earliest cost O(log n); looking at the earliest costs O(1). */
#ifndef GF_TIMER_H
#define GF_TIMER_H

#include <stddef.h>
#include <stdint.h>

#include "gf_rc.h"

typedef struct gf_timer {
    uint64_t due;
    uint32_t at; /* place in the heap, from 1; 0 = not armed */
} gf_timer;

/* The key lies beside the pointer: comparing touches no timer. */
typedef struct gf_timer_entry {
    uint64_t due;
    gf_timer *timer;
} gf_timer_entry;

typedef struct gf_timers {
    gf_timer_entry *heap;
    uint32_t count;
    uint32_t capacity;
} gf_timers;

void gf_timers_init(gf_timers *timers);

/* Timers still armed are forgotten, not touched. */
void gf_timers_free(gf_timers *timers);

/* Arms the timer, or moves it if it is armed. GF_NOMEM leaves it as it was (an armed one can always move). */
GF_MUST_CHECK int gf_timers_arm(gf_timers *timers, gf_timer *timer, uint64_t due);

/* Does nothing to a timer that is not armed. */
void gf_timers_cancel(gf_timers *timers, gf_timer *timer);

/* The earliest timer with due <= now, no longer armed; NULL if there is none. Equal ones come in any order.
 */
gf_timer *gf_timers_pop(gf_timers *timers, uint64_t now);

/* The earliest timer, or NULL. */
static inline gf_timer *gf_timers_first(const gf_timers *timers)
{
    return timers->count ? timers->heap[0].timer : NULL;
}

/* When the earliest timer is due; UINT64_MAX if there is none. */
static inline uint64_t gf_timers_next(const gf_timers *timers)
{
    return timers->count ? timers->heap[0].due : UINT64_MAX;
}

#endif
