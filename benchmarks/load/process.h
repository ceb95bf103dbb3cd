/* What the system knows of the server's process: time on a core and switches of each thread, memory. */
#ifndef LOAD_PROCESS_H
#define LOAD_PROCESS_H

#include <stdint.h>

enum { PROCESS_THREADS = 256, THREAD_NAME = 16 };

typedef struct thread_use {
    int id;
    char name[THREAD_NAME];
    uint64_t cpu;       /* nanoseconds on a core */
    uint64_t waited;    /* switches because it had nothing to do */
    uint64_t preempted; /* switches because another thread had its turn */
} thread_use;

typedef struct process_use {
    unsigned count; /* 0: no process */
    thread_use threads[PROCESS_THREADS];
    uint64_t resident; /* bytes */
} process_use;

void process_read(process_use *use, int pid);

/* Turns `use` into what was used since `before`, but for `resident`. */
void process_since(process_use *use, const process_use *before);

/* The sum over all threads. */
thread_use process_total(const process_use *use);

#endif
