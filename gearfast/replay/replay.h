#ifndef REPLAY_H
#define REPLAY_H

#include <stdint.h>

/* What is replayed, and what came of it. Times are in microseconds since the start. */
typedef struct replay_job {
    uint64_t due;
    uint32_t client;   /* its connection, from 0 */
    uint32_t function; /* index of its name */
    uint32_t size;     /* of the workload */
    uint32_t result;   /* size of the result */
    uint32_t run;      /* us that a worker takes */
    uint32_t unique;   /* number of its key; 0: none */
    uint32_t delay;    /* seconds until it is to run; with type SUBMIT_JOB_EPOCH only */
    uint8_t type;      /* of the packet that submits it */
    uint8_t fails;
    uint8_t abandoned; /* its client does not wait for the end */
} replay_job;

/* A client, or a worker and the functions that it registers: a range of `registered`. */
typedef struct replay_connection {
    uint64_t opens;
    uint64_t closes; /* once nothing is under way; UINT64_MAX: with the replay */
    uint32_t first;
    uint32_t count;
} replay_connection;

typedef struct replay_plan {
    const char *host; /* an address of IPv4 or IPv6 */
    uint16_t port;
    const replay_job *jobs; /* by `due` */
    uint32_t job_count;
    const char *const *functions;
    uint32_t function_count;
    const replay_connection *connections; /* clients, then workers */
    uint32_t clients;
    uint32_t connection_count;
    const uint32_t *opening; /* connections by `opens` */
    const uint32_t *closing; /* connections by `closes` */
    const uint32_t *registered;
    uint64_t end;      /* nothing is due after it, delays included */
    uint64_t patience; /* how long the rest may take after that */
} replay_plan;

/* By job; UINT32_MAX: it never came. `answered` is the acknowledgement, `waited` until a worker had it. */
typedef struct replay_times {
    uint32_t *answered;
    uint32_t *ended;
    uint32_t *waited;
} replay_times;

typedef struct replay_outcome {
    uint64_t submitted;
    uint64_t accepted;
    uint64_t refused;
    uint64_t opened;              /* connections */
    uint64_t foreground_accepted; /* without those that are abandoned */
    uint64_t foreground_ended;
    uint64_t runs;
    uint64_t took;
    uint64_t late; /* the most that a submit was behind its time */
    int error;     /* an errno: a connection failed, and the replay with it */
} replay_outcome;

/* Returns when every job has been answered and run, or the patience is over. */
void replay_run(const replay_plan *plan, const replay_times *times, replay_outcome *outcome);

#endif
