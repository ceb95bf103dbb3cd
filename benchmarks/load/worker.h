/* Peers that ask for jobs one after another, check them, and give each workload back as its result. */
#ifndef LOAD_WORKER_H
#define LOAD_WORKER_H

#include "run.h"

extern const peer_kind plain_worker;

#endif
