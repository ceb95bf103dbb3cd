/* Readiness of many descriptors: epoll with 64-bit tags. Events are the EPOLL* flags. */
#ifndef GF_POLLER_H
#define GF_POLLER_H

#include <stdint.h>
#include <sys/epoll.h>

#include "gf_rc.h"

typedef struct gf_poller {
    int fd;
} gf_poller;

typedef struct gf_ready {
    uint64_t tag;
    uint32_t events;
} gf_ready;

GF_MUST_CHECK int gf_poller_init(gf_poller *poller);
void gf_poller_close(gf_poller *poller);

/* These three fail with GF_ESYS. */
GF_MUST_CHECK int gf_poller_add(gf_poller *poller, int fd, uint64_t tag, uint32_t events);
GF_MUST_CHECK int gf_poller_change(gf_poller *poller, int fd, uint64_t tag, uint32_t events);
int gf_poller_remove(gf_poller *poller, int fd);

/* Waits for up to timeout_ms (-1: for ever) and fills out[0..max) (at most GF_POLLER_BATCH at a time).
 * Returns how many; 0 also when a signal came; GF_ESYS. */
enum { GF_POLLER_BATCH = 256 };
GF_MUST_CHECK int gf_poller_wait(gf_poller *poller, gf_ready *out, int max, int timeout_ms);

#endif
