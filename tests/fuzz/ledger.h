/* An oracle over the core's effects: who is connected, who waits for which job, who runs it.
 *
 * It sees only events and effects. Every effect must be sound by itself and in its place: nothing for a peer
 * that is gone, no result for a client that does not wait for it, one final packet for each that does, no job
 * with two workers at once. */
#ifndef FUZZ_LEDGER_H
#define FUZZ_LEDGER_H

#include "gf_core.h"

enum { PEERS = 8, JOBS_MOST = 2048, NOBODY = 0xff };

typedef struct ledger {
    const char *prefix; /* of job handles */
    bool is_here[PEERS];
    uint32_t generation[PEERS];
    bool has_leases;               /* any job may be taken away as time passes, */
    bool has_timeouts[PEERS];      /* or those of this peer */
    uint32_t last_assigned[PEERS]; /* job number */
    uint32_t jobs;                 /* above the highest number seen */
    uint16_t waits[JOBS_MOST][PEERS];
    uint64_t attachments; /* the sum of `waits` */
    uint8_t runner[JOBS_MOST];
    uint64_t abandoned; /* jobs that ended without a word, as far as the counts tell */
    uint32_t forgets_due;
    gf_event cause;
} ledger;

void ledger_start(ledger *book, const char *prefix);
gf_peer_id ledger_peer(const ledger *book, uint32_t slot);

/* Before the core takes the event. */
void ledger_event(ledger *book, const gf_event *event);
/* Before the core is told the time. */
void ledger_time(ledger *book);
/* For each effect in turn. */
void ledger_effect(ledger *book, const gf_effect *effect);
/* When all effects of an event or of passing time were seen. */
void ledger_settle(ledger *book, const gf_core_counts *counts);

#endif
