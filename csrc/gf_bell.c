#include "gf_bell.h"

#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

int gf_bell_init(gf_bell *bell)
{
    *bell = (gf_bell){.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    return bell->fd < 0 ? GF_ESYS : GF_OK;
}

void gf_bell_close(gf_bell *bell)
{
    if (bell->fd >= 0)
        close(bell->fd);
    bell->fd = -1;
}

void gf_bell_ring(gf_bell *bell)
{
    if (!atomic_exchange_explicit(&bell->asleep, 0, memory_order_acq_rel))
        return;
    const uint64_t one = 1;
    ssize_t written = write(bell->fd, &one, sizeof one);
    (void)written; /* fails only when the counter is full: then the sleeper wakes anyway */
}

void gf_bell_clear(gf_bell *bell)
{
    uint64_t rings;
    ssize_t got = read(bell->fd, &rings, sizeof rings);
    (void)got; /* nothing to read is fine: it was not rung */
}
