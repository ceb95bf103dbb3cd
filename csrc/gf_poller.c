#include "gf_poller.h"

#include <errno.h>
#include <unistd.h>

int gf_poller_init(gf_poller *poller)
{
    poller->fd = epoll_create1(EPOLL_CLOEXEC);
    return poller->fd < 0 ? GF_ESYS : GF_OK;
}

void gf_poller_close(gf_poller *poller)
{
    if (poller->fd >= 0)
        close(poller->fd);
    poller->fd = -1;
}

static int control(gf_poller *poller, int operation, int fd, uint64_t tag, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.u64 = tag};
    return epoll_ctl(poller->fd, operation, fd, &event) < 0 ? GF_ESYS : GF_OK;
}

int gf_poller_add(gf_poller *poller, int fd, uint64_t tag, uint32_t events)
{
    return control(poller, EPOLL_CTL_ADD, fd, tag, events);
}

int gf_poller_change(gf_poller *poller, int fd, uint64_t tag, uint32_t events)
{
    return control(poller, EPOLL_CTL_MOD, fd, tag, events);
}

int gf_poller_remove(gf_poller *poller, int fd)
{
    return control(poller, EPOLL_CTL_DEL, fd, 0, 0);
}

int gf_poller_wait(gf_poller *poller, gf_ready *out, int max, int timeout_ms)
{
    struct epoll_event events[GF_POLLER_BATCH]; /* packed, so it cannot serve as `out` */
    const int limit = max < GF_POLLER_BATCH ? max : GF_POLLER_BATCH;
    const int ready = epoll_wait(poller->fd, events, limit, timeout_ms);
    if (ready < 0)
        return errno == EINTR ? 0 : GF_ESYS;
    for (int i = 0; i < ready; i++)
        out[i] = (gf_ready){.tag = events[i].data.u64, .events = events[i].events};
    return ready;
}
