/* A worker that returns each workload as it is, at a cost so low that who calls is what is measured.
 *
 * answer PORT FUNCTION: with GRABS grabs under way, until it is ended or the server is. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "gf_bytes.h"
#include "gf_packet.h"

enum { GRABS = 64, ROOM = 1 << 17 };

typedef struct worker {
    int fd, grabs;
    size_t received, unsent;
    uint8_t in[ROOM], out[2 * ROOM]; /* an answer and the next grab are shorter than twice the job */
} worker;

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static int connected(const char *port)
{
    const int on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) < 0)
        fail("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

static void say(worker *w, gf_packet_type type, const void *body, size_t size)
{
    uint8_t *at = w->out + w->unsent;
    gf_store_be32(at, GF_MAGIC_REQ);
    gf_store_be32(at + 4, type);
    gf_store_be32(at + 8, (uint32_t)size);
    memcpy(at + GF_HEADER_SIZE, body, size);
    w->unsent += GF_HEADER_SIZE + size;
}

static void grab(worker *w)
{
    say(w, GF_GRAB_JOB, "", 0);
    w->grabs++;
}

static void grab_all(worker *w)
{
    while (w->grabs < GRABS)
        grab(w);
}

/* JOB_ASSIGN holds handle, function and data, WORK_COMPLETE handle and data. */
static void answer(worker *w, const uint8_t *body, size_t size)
{
    const size_t handle = strlen((const char *)body) + 1;
    const size_t function = strlen((const char *)body + handle) + 1;
    uint8_t *at = w->out + w->unsent;
    gf_store_be32(at, GF_MAGIC_REQ);
    gf_store_be32(at + 4, GF_WORK_COMPLETE);
    gf_store_be32(at + 8, (uint32_t)(size - function));
    memcpy(at + GF_HEADER_SIZE, body, handle);
    memcpy(at + GF_HEADER_SIZE + handle, body + handle + function, size - handle - function);
    w->unsent += GF_HEADER_SIZE + size - function;
}

static void heard(worker *w, uint32_t type, const uint8_t *body, size_t size)
{
    if (type == GF_JOB_ASSIGN) {
        w->grabs--;
        answer(w, body, size);
        grab(w);
    } else if (type == GF_NO_JOB && --w->grabs == 0) {
        say(w, GF_PRE_SLEEP, "", 0);
    } else if (type == GF_NOOP) {
        grab_all(w);
    }
}

static void hear_all(worker *w)
{
    size_t at = 0;
    while (w->received - at >= GF_HEADER_SIZE) {
        const size_t size = gf_load_be32(w->in + at + 8);
        if (w->received - at < GF_HEADER_SIZE + size)
            break;
        heard(w, gf_load_be32(w->in + at + 4), w->in + at + GF_HEADER_SIZE, size);
        at += GF_HEADER_SIZE + size;
    }
    w->received -= at;
    memmove(w->in, w->in + at, w->received);
}

static void send_all(worker *w)
{
    for (size_t at = 0; at < w->unsent;) {
        const ssize_t sent = send(w->fd, w->out + at, w->unsent - at, MSG_NOSIGNAL);
        if (sent < 0)
            fail("send");
        at += (size_t)sent;
    }
    w->unsent = 0;
}

/* False when the server has hung up. */
static bool receive(worker *w)
{
    const ssize_t got = recv(w->fd, w->in + w->received, ROOM - w->received, 0);
    if (got <= 0)
        return false;
    w->received += (size_t)got;
    return true;
}

int main(int argc, char **argv)
{
    static worker w;
    if (argc != 3) {
        fprintf(stderr, "usage: answer PORT FUNCTION\n");
        return 2;
    }
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    w.fd = connected(argv[1]);
    say(&w, GF_CAN_DO, argv[2], strlen(argv[2]));
    grab_all(&w);
    do {
        hear_all(&w);
        send_all(&w);
    } while (receive(&w));
    return 0;
}
