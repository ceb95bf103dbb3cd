#define _GNU_SOURCE
#include "gf_thread.h"

#include <signal.h>

int gf_thread_start(pthread_t *thread, const char *name, gf_thread_main *run, void *argument)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(thread, NULL, run, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed)
        return GF_ESYS;
    pthread_setname_np(*thread, name);
    return GF_OK;
}
