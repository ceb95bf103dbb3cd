/* What is to fail, in memory that the server under test and the test share: see plan.py, which has the same.
 */
#ifndef FAULTS_PLAN_H
#define FAULTS_PLAN_H

#include <stdatomic.h>
#include <stdint.h>

typedef enum fault_point {
    FAULT_ALLOC,      /* no memory */
    FAULT_RECEIVE,    /* an error, or one byte at most */
    FAULT_SEND,       /* likewise */
    FAULT_ACCEPT,     /* an error */
    FAULT_WAIT,       /* of a poller: an error, or one event at most */
    FAULT_WATCH,      /* of a poller: an error */
    FAULT_THREAD,     /* no thread */
    FAULT_DESCRIPTOR, /* no eventfd, no poller */
    FAULT_MONOTONIC,  /* the clock moves by so many ms, for good */
    FAULT_WALL,       /* likewise */
    FAULT_HAND_OVER,  /* the thread is late by up to so many us */
    FAULT_SQLITE,     /* SQLite's error; a negative one comes when the call has done its work */
    FAULT_POINTS
} fault_point;

enum { FAULT_SHORT = 0 }; /* `how`, beside the numbers of errno.h */

typedef struct fault_rule {
    _Atomic uint32_t every; /* that many-th call fails; 0: none, and none is counted */
    _Atomic uint32_t first; /* calls that pass before */
    _Atomic uint32_t most;  /* faults */
    _Atomic int32_t how;
    _Atomic uint64_t calls; /* so far */
    _Atomic uint64_t done;  /* faults so far */
} fault_rule;

/* How a poller watches a descriptor, so that one that is said to have nothing is told of again. */
typedef struct fault_watch {
    _Atomic int32_t poller;
    _Atomic uint32_t events;
    _Atomic uint64_t tag;
} fault_watch;

enum { FAULT_WATCHES = 4096 };

typedef struct fault_plan {
    fault_rule rules[FAULT_POINTS];
    _Atomic int64_t skew[2];   /* ms: monotonic, wall */
    _Atomic int64_t allocated; /* pieces of memory */
    _Atomic uint64_t modules;  /* that read this plan */
    fault_watch watches[FAULT_WATCHES];
} fault_plan;

#endif
