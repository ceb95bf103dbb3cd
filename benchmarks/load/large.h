/* A job whose result is very large: a client that submits it --rounds times, and a worker that sends --bulk
 * bytes in parts of --chunk. */
#ifndef LOAD_LARGE_H
#define LOAD_LARGE_H

#include "run.h"

extern const peer_kind large_client, large_worker;

#endif
