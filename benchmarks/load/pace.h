/* When jobs are to be submitted: as answers come (closed loop), or at a fixed rate (open loop).
 *
 * In the open loop each job has the moment at which it should be submitted, however late the generator or the
 * server is; latencies count from there, so a server that stalls can't hide the jobs that it kept from being
 * submitted. */
#ifndef LOAD_PACE_H
#define LOAD_PACE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct pace {
    uint64_t jobs;               /* how many in all */
    uint64_t start;              /* clock_ns */
    uint64_t end;                /* clock_ns; NEVER: no end in time */
    double interval;             /* ns between jobs; 0: closed loop */
    uint64_t given;              /* how many so far */
    const _Atomic int64_t *busy; /* not NULL: it ends when this is 0 */
} pace;

/* Whether a job is to be submitted now; `moment` is when that should have been. */
bool pace_take(pace *p, uint64_t now, uint64_t *moment);

/* Whether no job will be submitted any more. */
bool pace_exhausted(const pace *p, uint64_t now);

/* When the next job of an open loop is due; NEVER when that does not depend on time. */
uint64_t pace_next(const pace *p);

#endif
