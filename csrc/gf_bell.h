/* Doorbell: wakes one thread that sleeps in its poller, from any thread, and costs no system call while that
 * thread is awake.
 *
 * The sleeper:  gf_bell_sleep; look at every ring again; if one has something gf_bell_awake and go on,
 *               else poll `fd`, then gf_bell_awake, and gf_bell_clear if `fd` was readable; a poller that
 * watches it edge-triggered needs no clearing. The ringer:   publish (once a batch), then gf_bell_ring.
 *
 * No wake-up is lost because both exchange `asleep`: either the ringer reads the sleeper's 1 and writes the
 * eventfd, or the sleeper's exchange reads the ringer's and thereby acquires what was published before it.
 * Every write of the flag is an exchange: a plain store would break that chain. A cheap load in front of the
 * ringer's exchange would, too: its publication and that load may pass each other. */
#ifndef GF_BELL_H
#define GF_BELL_H

#include <stdatomic.h>

#include "gf_rc.h"

typedef struct gf_bell {
    int fd; /* eventfd; immutable after init */
    char pad0[GF_CACHE_LINE];
    _Atomic int asleep;
    char pad1[GF_CACHE_LINE];
} gf_bell;

GF_MUST_CHECK int gf_bell_init(gf_bell *bell);
void gf_bell_close(gf_bell *bell);

/* Any thread: wakes the sleeper if it sleeps. */
void gf_bell_ring(gf_bell *bell);

/* The sleeper: declares sleep; then every ring must be looked at once more. */
static inline void gf_bell_sleep(gf_bell *bell)
{
    atomic_exchange_explicit(&bell->asleep, 1, memory_order_acq_rel);
}

/* The sleeper: takes the declaration back. */
static inline void gf_bell_awake(gf_bell *bell)
{
    atomic_exchange_explicit(&bell->asleep, 0, memory_order_acq_rel);
}

/* The sleeper: makes `fd` unreadable again. */
void gf_bell_clear(gf_bell *bell);

#endif
