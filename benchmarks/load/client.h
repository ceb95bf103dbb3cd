/* Peers that submit jobs or ask for echoes, at the thread's pace, and check what is answered. */
#ifndef LOAD_CLIENT_H
#define LOAD_CLIENT_H

#include "payload.h"
#include "run.h"

extern const peer_kind echo_client;
extern const peer_kind background_client; /* a job is over when it has a handle */
extern const peer_kind held_client;       /* when it also was given to a worker */
extern const peer_kind foreground_client; /* when its result came */
extern const peer_kind greedy_client;     /* stands apart: submits --bulk jobs at once that nobody works on */

/* A job in flight. */
typedef struct slot {
    stamp stamp;
    uint32_t next_free;
    bool is_created, is_worked;
} slot;

struct client {
    peer peer;
    slot *slots;
    uint32_t depth;  /* how many */
    uint32_t free;   /* the first free slot; `depth`: none */
    uint32_t *order; /* a ring of the slots that wait for the next kind of answer that comes in order */
    uint32_t order_first, order_count;
    uint8_t *payload; /* room for one */
    client *next_idle;
    bool is_idle;     /* on the thread's list of those that may submit */
    bool is_flooding; /* a greedy one that was started */
};

/* Submits what the pace allows, spread over those of the thread's clients that have room. */
void clients_submit(thread *t);

/* A worker of this thread was given the job in this client's slot. */
void client_job_worked(client *c, uint32_t slot);

#endif
