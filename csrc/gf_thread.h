/* Native threads: they block every signal, so that signals reach Python's main thread, and bear a name. */
#ifndef GF_THREAD_H
#define GF_THREAD_H

#include <pthread.h>

#include "gf_rc.h"

typedef void *gf_thread_main(void *argument);

/* `name` has at most 15 bytes. GF_ESYS when the system gives no thread. */
GF_MUST_CHECK int gf_thread_start(pthread_t *thread, const char *name, gf_thread_main *run, void *argument);

#endif
