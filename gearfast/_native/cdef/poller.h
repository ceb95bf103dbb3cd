#define GF_POLLER_BATCH ...
#define EPOLLIN         ...
#define EPOLLOUT        ...
#define EPOLLHUP        ...

typedef struct gf_poller {
    int fd;
} gf_poller;
typedef struct gf_ready {
    uint64_t tag;
    uint32_t events;
} gf_ready;
int gf_poller_init(gf_poller *poller);
void gf_poller_close(gf_poller *poller);
int gf_poller_add(gf_poller *poller, int fd, uint64_t tag, uint32_t events);
int gf_poller_change(gf_poller *poller, int fd, uint64_t tag, uint32_t events);
int gf_poller_remove(gf_poller *poller, int fd);
int gf_poller_wait(gf_poller *poller, gf_ready *out, int max, int timeout_ms);
