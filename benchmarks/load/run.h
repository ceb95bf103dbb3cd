/* The generator's data model: a run has threads, a thread has peers, a scenario has phases that follow each
 * other.
 *
 * A peer belongs to one thread, which alone touches it. Threads share the ledger, and each other's counters
 * for reading. */
#ifndef LOAD_RUN_H
#define LOAD_RUN_H

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "connection.h"
#include "dialect.h"
#include "histogram.h"
#include "mailbox.h"
#include "options.h"
#include "pace.h"
#include "process.h"

typedef struct run run;
typedef struct thread thread;
typedef struct peer peer;
typedef struct client client;

/* What a peer does. Its struct, of `size` bytes and zeroed, begins with a peer. */
typedef struct peer_kind {
    const char *name;
    size_t size;
    bool is_foreground;     /* of clients: they wait for results */
    bool is_held;           /* of clients: a background job counts as in flight until a worker has it */
    bool is_busy;           /* the phase goes on until it says that it is done: see `busy` of the run */
    bool may_wait;          /* its last request may wait in the server, in front of any later one */
    void (*open)(peer *p);  /* once, to prepare the struct */
    void (*greet)(peer *p); /* says what must be said before the phase starts; NULL: it connects in `start` */
    void (*start)(peer *p);
    bool (*refill)(peer *p); /* before it sends: adds what is to be sent next; whether more will follow */
    void (*answered)(peer *p, const answer *found);
    void (*close)(peer *p); /* NULL: nothing to free */
} peer_kind;

struct peer {
    connection link;
    const peer_kind *kind;
    thread *thread;
    uint32_t index;   /* among those of its kind */
    bool is_ready;    /* greeted */
    bool is_settling; /* asked for a last echo: nothing but that may come any more */
    bool is_settled;
    bool wants_output; /* polled for that */
    bool is_touched;   /* on the thread's list of peers with something to send */
    bool reopens;      /* to be connected anew */
    peer *next_touched;
};

typedef enum measure { MEASURE_ANSWERS, MEASURE_GRABS, MEASURE_DELIVERY } measure;

typedef struct group {
    const peer_kind *kind;
    uint32_t count;
    bool is_apart; /* in a thread of its own, so that it does not delay what is measured */
} group;

typedef struct phase {
    const char *name;
    group groups[4];
    uint64_t jobs;   /* that clients submit; 0: none */
    double seconds;  /* 0: no end in time */
    double rate;     /* 0: closed loop */
    bool while_busy; /* clients go on while peers that stand apart are busy */
    bool is_worked;  /* it ends when workers had every job */
    measure measure; /* what the latencies are */
} phase;

/* Written by one thread, read by all. */
typedef struct counters {
    _Atomic uint64_t asked;    /* what clients submitted or asked */
    _Atomic uint64_t answered; /* and what was answered to it */
    _Atomic uint64_t owed;     /* jobs that workers must get */
    _Atomic uint64_t worked;   /* and jobs that they got */
    _Atomic bool is_exhausted; /* clients submit no more */
} counters;

struct thread {
    run *run;
    uint32_t index;
    pthread_t id;
    int poller;
    uint8_t *scratch;
    uint64_t now;  /* clock_ns when the input was received that is being read */
    uint64_t last; /* when something was answered or worked */
    peer **peers;
    uint32_t peer_count;
    uint32_t not_ready, not_settled; /* peers */
    peer *touched;
    client *idle_first, *idle_last; /* those that may submit */
    pace pace;
    mailbox mail; /* jobs of this thread's clients that other threads' workers got */
    histogram latencies;
    _Alignas(64) counters counters;
};

typedef struct result {
    const char *phase;
    uint64_t jobs, beside; /* beside: what was done by peers that stand apart */
    double seconds;
    histogram latencies;
    process_use before, server;  /* server: since `before`, but for the memory */
    uint64_t own_cpu, apart_cpu; /* nanoseconds of the generator's threads */
} result;

struct run {
    const options *options;
    struct sockaddr_in address;
    thread *threads;
    uint32_t thread_count, measured_count; /* those behind `measured_count` are for peers that stand apart */
    pthread_barrier_t barrier;
    client **clients;     /* by index, all threads' */
    _Atomic int64_t busy; /* peers apart that are not done */
    const phase *phase;
    uint64_t start, deadline; /* of the phase */
};

static inline void counter_add(_Atomic uint64_t *counter, uint64_t more)
{
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + more,
                          memory_order_relaxed);
}

static inline bool is_apart(const thread *t)
{
    return t->index >= t->run->measured_count;
}

#endif
