/* The data model of the job server. Everything here belongs to the one thread that uses the core. */
#ifndef GF_STATE_H
#define GF_STATE_H

#include <stddef.h>

#include "gf_core.h"
#include "gf_index.h"
#include "gf_recorder.h"
#include "gf_table.h"
#include "gf_timer.h"

typedef struct gf_job gf_job;
typedef struct gf_function gf_function;
typedef struct gf_peer gf_peer;
typedef struct gf_registration gf_registration;
typedef struct gf_attachment gf_attachment;
typedef struct gf_walk gf_walk;

#define GF_CONTAINER(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

typedef enum gf_priority { GF_HIGH, GF_NORMAL, GF_LOW, GF_PRIORITIES } gf_priority;

/* NEW -> WAITING or DELAYED; DELAYED -> DUE; WAITING or DUE -> RUNNING; RUNNING -> WAITING; any -> ENDED. */
typedef enum gf_job_state {
    GF_JOB_NEW,
    GF_JOB_WAITING, /* in its function's queue */
    GF_JOB_DELAYED, /* its time has not come: in core->delayed */
    GF_JOB_DUE,     /* its time has come: in its function's `due`, by the place it got when submitted */
    GF_JOB_RUNNING, /* handed to a worker */
    GF_JOB_ENDED,
} gf_job_state;

/* A job is built in the room in front of its submit packet's body and lives as long as that block. */
struct gf_job {
    gf_node by_number; /* its hash is the number in the job handle */
    gf_node by_unique;
    gf_job
        *previous; /* in the function's queue or list of delayed jobs, or among the worker's running jobs */
    gf_job *next;
    gf_function *function;
    gf_peer *worker;        /* only while running */
    gf_attachment *clients; /* newest first */
    gf_timer timer;         /* delayed: wall clock; due: place; running: its time-out */
    uint64_t place;         /* order of joining the queue; running: since when, ms */
    uint64_t since;         /* while recording: when it began to wait or to run, monotonic, us */
    uint32_t numerator;
    uint32_t denominator;
    uint32_t data_at; /* from the start of the body */
    uint32_t data_size;
    uint16_t function_size;
    uint8_t unique_size;
    uint8_t reducer_size;
    uint16_t attempts;
    uint8_t state;
    uint8_t priority : 2;
    uint8_t background : 1; /* lives on without clients */
    uint8_t keyed : 1;      /* in the table of uniques */
    uint8_t stored : 1;     /* recorded for the store, which is to hear of its end */
    uint8_t leased : 1;     /* running: its time-out is the server's */
    uint8_t restored : 1;   /* the store's key for it stands behind its data, see gf_journal.h */
};

_Static_assert(sizeof(gf_job) <= GF_JOB_ROOM, "a job fits the room in front of its packet");

/* One foreground submit of one connection. */
struct gf_attachment {
    gf_peer *peer;
    gf_job *job;
    gf_attachment *job_previous;
    gf_attachment *job_next;
    gf_attachment *peer_previous;
    gf_attachment *peer_next;
};

/* One CAN_DO of one connection. */
struct gf_registration {
    gf_node by_function; /* in the peer's index, if it has one */
    gf_peer *peer;
    gf_function *function;
    gf_registration *peer_previous; /* in the order jobs are looked for */
    gf_registration *peer_next;
    gf_registration *ring_previous; /* round the function's workers */
    gf_registration *ring_next;
    uint64_t order;   /* larger is nearer the front of the peer's list */
    uint32_t timeout; /* ms; 0: none */
};

typedef struct gf_queue {
    gf_job *head;
    gf_job *tail;
    uint32_t count;
} gf_queue;

/* Links of a function in one list of ready functions. */
typedef struct gf_ready_links {
    gf_function *previous;
    gf_function *next;
    uint64_t since; /* the lists are in its order, the latest first; counted in core->readied */
    bool linked;
} gf_ready_links;

/* A function is ready at a priority while a job of it could be handed out, and ready at GF_ANY at any. */
enum { GF_ANY = GF_PRIORITIES, GF_READY_LISTS };

typedef struct gf_ready_list {
    gf_function *head;
    uint32_t count;
} gf_ready_list;

struct gf_function {
    gf_node node;
    gf_queue waiting[GF_PRIORITIES];
    gf_queue delayed;
    gf_timers due; /* always normal priority */
    uint32_t running;
    uint32_t keyed; /* jobs in the table of uniques */
    uint64_t added; /* jobs ever, those that have ended, too */
    uint32_t limit[GF_PRIORITIES];
    uint32_t registrations;
    gf_registration *ring; /* where the next wake-up starts looking */
    uint32_t pending;      /* workers woken for this function that have not come for a job */
    uint64_t checked;      /* no worker of this function sleeps that fell asleep up to here */
    gf_ready_links ready[GF_READY_LISTS];
    gf_function *newer; /* all functions, by creation */
    gf_function *older;
    uint64_t created;
    uint32_t noted; /* the file of a recording that has its name */
    uint32_t name_size;
    uint8_t name[];
};

typedef enum gf_rest {
    GF_AWAKE,
    GF_ASLEEP,  /* among core->sleepers */
    GF_WOKEN,   /* NOOP sent, among core->woken, counted in woken_for->pending */
    GF_SUSPECT, /* NOOP sent long ago and not a word since */
} gf_rest;

struct gf_peer {
    gf_peer_id id;
    gf_peer *newer; /* peers of the same I/O thread */
    gf_peer *older;
    uint8_t rest;
    bool exceptions;
    bool paused;   /* among core->holds.paused */
    bool deferred; /* of its events some are among core->deferred */
    bool cut_off;  /* among core->cut_off */
    uint8_t address_size;
    int32_t descriptor;
    uint32_t held; /* effects for it in core->holds */
    gf_registration *registrations;
    gf_registration *last_registration;
    uint32_t registration_count;
    gf_index *by_function;           /* of its registrations; NULL while they are few */
    uint64_t barren[GF_READY_LISTS]; /* none of the functions that are ready since up to then is its own */
    uint64_t order_front;
    uint64_t order_back;
    gf_job *running; /* last grabbed first */
    gf_attachment *attachments;
    gf_function *last_function; /* of the last submit: most connections use one */
    gf_walk *walk;              /* its listing that is under way: what it says waits */
    gf_peer *rest_previous;     /* in core->sleepers or core->woken */
    gf_peer *rest_next;
    uint64_t rested; /* asleep: when, counted in sleeps; woken: when, in ms */
    gf_function *woken_for;
    uint8_t *client_id; /* up to its NUL; NULL: "-" */
    uint8_t address[];
};

typedef struct gf_peer_list {
    gf_peer *head;
    gf_peer *tail;
    uint32_t count;
} gf_peer_list;

/* Records for the store that nobody has taken yet, and how far the store is behind. */
typedef struct gf_journal {
    gf_record *records;
    size_t count;
    size_t capacity;
    uint64_t mark; /* of the last record */
    uint64_t committed;
    uint64_t bytes;    /* of the blocks of records that are not committed */
    bool renamed;      /* records on the way may end a row that is still to be read: it is written anew */
    gf_block *trouble; /* while the store fails: what background submits are answered */
    uint32_t trouble_size;
} gf_journal;

typedef enum gf_hold_reason {
    GF_HELD_NOT,
    GF_HELD_BEHIND, /* another effect for the same connection */
    GF_HELD_ADDED,  /* JOB_CREATED of a submit that the store must commit */
    GF_HELD_JOINED, /* JOB_CREATED of a submit that joined a job which the store may not have committed */
} gf_hold_reason;

typedef struct gf_held {
    uint64_t mark; /* the record that must be committed first */
    gf_effect effect;
    gf_hold_reason reason;
} gf_held;

typedef struct gf_holds {
    gf_held *queue; /* circular, by mark */
    size_t first;
    size_t count;
    size_t capacity;      /* a power of two, or 0 */
    size_t fresh_at;      /* which of the event's effects is one to wait, */
    gf_hold_reason fresh; /* and why, if any is */
    gf_peer_id *paused;
    size_t paused_count;
    size_t paused_capacity;
} gf_holds;

/* What connections said, from the first background submit on, while the store's jobs are still to come. */
typedef struct gf_deferred {
    gf_event *events;
    size_t count;
    size_t capacity;
} gf_deferred;

struct gf_core {
    gf_core_options options;
    char *prefix;
    uint32_t prefix_size;
    char *version;
    gf_pool *pool;

    uint64_t now; /* monotonic, ms */
    int64_t wall; /* ms */
    bool kept;    /* the event's block has become a job */

    gf_peer **peers; /* by slot */
    uint32_t peer_slots;
    gf_peer **newest_peer; /* by I/O thread */
    uint32_t cut_off;      /* peers that were not told something and are to be closed */
    uint64_t close_at;     /* not before, monotonic, ms: that may fail for want of memory, too */

    gf_table functions;
    gf_function *newest_function;
    uint64_t functions_made;
    gf_ready_list ready[GF_READY_LISTS];
    uint64_t readied;

    gf_table numbers;
    gf_index uniques;
    uint32_t last_number;
    uint64_t last_place;
    gf_timers delayed;  /* wall clock, s */
    gf_timers timeouts; /* monotonic, ms */

    gf_peer_list sleepers; /* newest first */
    gf_peer_list woken;    /* oldest first */
    uint64_t sleeps;

    gf_effect *effects;
    size_t effect_count;
    size_t effect_capacity;

    gf_journal journal;
    gf_holds holds;
    bool heeds_store; /* events or effects may have to wait for the store */
    bool reading;     /* its jobs are still to come */
    gf_deferred deferred;

    gf_walk *walks; /* the first goes on, the others wait */

    gf_outside outside;
    uint64_t object_bytes; /* of all that gf_core_alloc_counted gave */
    gf_block
        *limit_texts[GF_ERRORS]; /* what those who meet a limit are answered; NULL: as gf_errors has it */
    uint64_t errors[GF_ERRORS];  /* answered so far */
    gf_recorder *recorder;       /* NULL: nothing is recorded */

    gf_core_counts counts;
};

static inline gf_block *gf_job_block(const gf_job *job)
{
    return (gf_block *)(void *)((char *)(uintptr_t)job - sizeof(gf_block));
}

static inline uint8_t *gf_job_body(const gf_job *job)
{
    return (uint8_t *)(uintptr_t)job + GF_JOB_ROOM;
}

static inline const uint8_t *gf_job_unique(const gf_job *job)
{
    return gf_job_body(job) + job->function_size + 1;
}

/* An empty unique is no key; "-" stands for the data, which must not be empty then. */
static inline bool gf_unique_is_key(const uint8_t *unique, uint32_t size, uint32_t data_size)
{
    if (size == 1 && unique[0] == '-')
        return data_size > 0;
    return size > 0;
}

static inline bool gf_job_has_key(const gf_job *job)
{
    return gf_unique_is_key(gf_job_unique(job), job->unique_size, job->data_size);
}

static inline uint32_t gf_job_number(const gf_job *job)
{
    return job->by_number.hash;
}

#endif
