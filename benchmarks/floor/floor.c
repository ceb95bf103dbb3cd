/* The floor: answers the packets of a job server and does nothing else, so it costs what the sockets cost.
 *
 *   floor [PORT]
 *
 * One thread, one epoll, one queue for all jobs whatever their function, one handle after another. It knows
 * no GRAB_JOB but those that want the unique key: their answer is the submitted body behind a handle. It
 * prints its port.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fifo.h"
#include "gf_bytes.h"
#include "gf_packet.h"
#include "peer.h"

enum { MOST_PEERS = 1 << 20, IN_FLIGHT = 1 << 24, BATCH = 256, BACKLOG = 4096, NOBODY = -1 };

static const char prefix[] = "H:floor:";
enum { PREFIX = sizeof prefix - 1, LONGEST_HANDLE = PREFIX + 10 };

static int poller, listener;
static peer *peers;      /* by descriptor */
static int32_t *waiting; /* by handle number modulo IN_FLIGHT: who gets the result */
static peer *dirty, *asleep;
static fifo jobs;
static uint32_t last_number;

static void die(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

/* Zeroed memory that costs nothing until it is touched. */
static void *reserve(size_t size)
{
    const int kind = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, kind, -1, 0);
    if (memory == MAP_FAILED)
        die("mmap");
    return memory;
}

static void set_dirty(peer *p)
{
    if (p->is_dirty)
        return;
    p->is_dirty = true;
    p->next_dirty = dirty;
    dirty = p;
}

static size_t put_handle(uint8_t *to, uint32_t number)
{
    memcpy(to, prefix, PREFIX);
    return PREFIX + gf_put_u32(to + PREFIX, number);
}

static void send_empty(peer *p, uint32_t type)
{
    peer_put(p, type, 0, 0);
    set_dirty(p);
}

static void wake_one(void)
{
    while (asleep) {
        peer *p = asleep;
        asleep = p->next_asleep;
        p->is_listed = false;
        if (p->is_asleep) {
            p->is_asleep = false;
            send_empty(p, GF_NOOP);
            return;
        }
    }
}

static void on_submit(peer *p, const uint8_t *packet, size_t size, block *large, bool is_foreground)
{
    uint8_t handle[LONGEST_HANDLE];
    const job new = {
        .number = ++last_number, .client = NOBODY, .size = size - GF_HEADER_SIZE, .large = large};
    waiting[new.number % IN_FLIGHT] = is_foreground ? p->fd : NOBODY;
    fifo_put(&jobs, &new, packet + GF_HEADER_SIZE);
    const size_t length = put_handle(handle, new.number);
    memcpy(peer_put(p, GF_JOB_CREATED, length, length), handle, length);
    set_dirty(p);
    wake_one();
}

static void assign(peer *p)
{
    uint8_t handle[LONGEST_HANDLE + 1];
    const job *next = fifo_take(&jobs);
    if (next == NULL) {
        send_empty(p, GF_NO_JOB);
        return;
    }
    const size_t length = put_handle(handle, next->number) + 1;
    handle[length - 1] = 0;
    const size_t copied = length + (next->large ? 0 : next->size);
    uint8_t *at = peer_put(p, GF_JOB_ASSIGN_UNIQ, length + next->size, copied);
    memcpy(at, handle, length);
    if (next->large)
        peer_put_block(p, next->large, GF_HEADER_SIZE);
    else
        memcpy(at + length, next + 1, next->size);
    set_dirty(p);
}

static void on_pre_sleep(peer *p)
{
    if (!fifo_is_empty(&jobs)) {
        send_empty(p, GF_NOOP);
        return;
    }
    p->is_asleep = true;
    if (p->is_listed)
        return;
    p->is_listed = true;
    p->next_asleep = asleep;
    asleep = p;
}

/* The same packet again, to whoever is meant. */
static void pass_on(peer *to, uint32_t type, const uint8_t *packet, size_t size, block *large)
{
    if (large) {
        gf_store_be32(large->packet, GF_MAGIC_RES);
        gf_store_be32(large->packet + 4, type);
        peer_put_block(to, large, 0);
    } else {
        const size_t body = size - GF_HEADER_SIZE;
        memcpy(peer_put(to, type, body, body), packet + GF_HEADER_SIZE, body);
    }
    set_dirty(to);
}

static void on_result(uint32_t type, const uint8_t *packet, size_t size, block *large)
{
    uint32_t number = 0;
    for (const uint8_t *at = packet + GF_HEADER_SIZE + PREFIX; at < packet + size && *at; at++)
        number = 10 * number + (uint32_t)(*at - '0');
    const int32_t client = waiting[number % IN_FLIGHT];
    if (client != NOBODY && peers[client].is_open)
        pass_on(&peers[client], type, packet, size, large);
    else
        free(large);
}

static void on_packet(peer *p, const uint8_t *packet, size_t size, block *large)
{
    const uint32_t type = gf_load_be32(packet + 4);
    switch (type) {
    case GF_SUBMIT_JOB:
    case GF_SUBMIT_JOB_BG:
        on_submit(p, packet, size, large, type == GF_SUBMIT_JOB);
        return;
    case GF_WORK_DATA:
    case GF_WORK_COMPLETE:
        on_result(type, packet, size, large);
        return;
    case GF_ECHO_REQ:
        pass_on(p, GF_ECHO_RES, packet, size, large);
        return;
    case GF_GRAB_JOB_UNIQ:
    case GF_GRAB_JOB_ALL:
        p->is_asleep = false;
        assign(p);
        break;
    case GF_PRE_SLEEP:
        on_pre_sleep(p);
        break;
    default: /* CAN_DO and the like: there is only one queue */
        break;
    }
    free(large);
}

static void poll_for(int operation, int fd, uint32_t events)
{
    struct epoll_event wanted = {.events = events, .data.fd = fd};
    if (epoll_ctl(poller, operation, fd, &wanted) < 0)
        die("epoll_ctl");
}

static void accept_all(void)
{
    const int on = 1;
    for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
        if (fd >= MOST_PEERS) {
            close(fd);
            continue;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        peers[fd].fd = fd;
        peers[fd].is_open = true;
        poll_for(EPOLL_CTL_ADD, fd, EPOLLIN);
    }
}

static void drop(peer *p)
{
    const peer before = *p;
    close(p->fd);
    peer_free(p);
    *p = (peer){.is_listed = before.is_listed, .next_asleep = before.next_asleep};
}

static void send_dirty(void)
{
    while (dirty) {
        peer *p = dirty;
        dirty = p->next_dirty;
        p->is_dirty = false;
        if (!p->is_open)
            continue;
        const bool rest = !peer_send(p);
        if (rest != p->wants_output)
            poll_for(EPOLL_CTL_MOD, p->fd, EPOLLIN | (rest ? (uint32_t)EPOLLOUT : 0));
        p->wants_output = rest;
    }
}

static void serve(int fd, uint32_t events)
{
    peer *p = &peers[fd];
    if (fd == listener) {
        accept_all();
    } else if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) && !peer_receive(p, on_packet)) {
        send_dirty();
        drop(p);
    } else if (events & EPOLLOUT) {
        set_dirty(p);
    }
}

static void listen_on(const char *port)
{
    const int on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    socklen_t size = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, BACKLOG) < 0)
        die("listen");
    getsockname(listener, (struct sockaddr *)&address, &size);
    printf("%u\n", ntohs(address.sin_port));
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct rlimit limit;
    mallopt(M_MMAP_THRESHOLD, 1 << 30); /* memory that was used once is kept */
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    peers = reserve(MOST_PEERS * sizeof *peers);
    waiting = reserve(IN_FLIGHT * sizeof *waiting);
    poller = epoll_create1(EPOLL_CLOEXEC);
    listen_on(argc > 1 ? argv[1] : "0");
    poll_for(EPOLL_CTL_ADD, listener, EPOLLIN);
    for (;;) {
        struct epoll_event ready[BATCH];
        const int count = epoll_wait(poller, ready, BATCH, -1);
        if (count < 0 && errno != EINTR)
            die("epoll_wait");
        for (int i = 0; i < count; i++)
            serve(ready[i].data.fd, ready[i].events);
        send_dirty();
    }
}
