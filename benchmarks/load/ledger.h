/* What is known of every job: that each is created, worked and answered once, under one handle.
 *
 * All threads write to it. A contradiction ends the program. */
#ifndef LOAD_LEDGER_H
#define LOAD_LEDGER_H

#include "buffer.h"

typedef enum ledger_step { LEDGER_CREATED = 1, LEDGER_ASSIGNED = 2, LEDGER_ANSWERED = 4 } ledger_step;

/* Once, before any other: room for this many jobs. */
void ledger_init(uint64_t jobs);

/* The number of the next job; numbers count from 0. */
uint64_t ledger_next(void);

/* How many jobs were submitted so far. */
uint64_t ledger_submitted(void);

/* The server named the job. Servers without handles pass an empty one. */
void ledger_created(uint64_t number, span handle);

/* A worker was given the job. */
void ledger_assigned(uint64_t number, span handle);

/* The job's result came back. */
void ledger_answered(uint64_t number, span handle);

/* The first job that did not take this step; if all did, their count. */
uint64_t ledger_first_missing(ledger_step step);

#endif
