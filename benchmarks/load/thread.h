/* What each thread of the generator does in a phase. */
#ifndef LOAD_THREAD_H
#define LOAD_THREAD_H

#include "run.h"

void thread_init(thread *t, run *r, uint32_t index);
void thread_free(thread *t);

/* Opens the thread's peers of the phase and greets the server. */
void thread_open(thread *t);

/* Runs until the phase is over. */
void thread_work(thread *t);

/* Makes sure that nothing more comes, then closes the peers. */
void thread_close(thread *t);

#endif
