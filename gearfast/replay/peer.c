#define _GNU_SOURCE
#include "peer.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gf_bytes.h"

enum { HEADER = 12, FIRST = 4096, LEAST_ROOM = 65536 };

/* Moves what is there to the front before it grows. */
static uint8_t *room(peer_bytes *bytes, size_t needed)
{
    if (bytes->first > 0 && bytes->first == bytes->size)
        bytes->first = bytes->size = 0;
    if (bytes->size + needed <= bytes->capacity)
        return bytes->data + bytes->size;
    if (bytes->first > 0) {
        memmove(bytes->data, bytes->data + bytes->first, bytes->size - bytes->first);
        bytes->size -= bytes->first;
        bytes->first = 0;
    }
    size_t capacity = bytes->capacity == 0 ? FIRST : bytes->capacity;
    while (capacity < bytes->size + needed)
        capacity *= 2;
    uint8_t *grown = capacity == bytes->capacity ? bytes->data : realloc(bytes->data, capacity);
    if (grown == NULL)
        return NULL;
    bytes->data = grown;
    bytes->capacity = capacity;
    return grown + bytes->size;
}

void peer_connect(peer *one, const struct addrinfo *to, bool waits, gf_poller *poller, uint64_t tag)
{
    const int at_once = 1;
    *one = (peer){.fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC | (waits ? 0 : SOCK_NONBLOCK), 0)};
    if (one->fd < 0 || (connect(one->fd, to->ai_addr, to->ai_addrlen) != 0 && errno != EINPROGRESS)) {
        one->error = errno;
        return;
    }
    setsockopt(one->fd, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
    if (gf_poller_add(poller, one->fd, tag, EPOLLIN) != GF_OK)
        one->error = errno;
}

void peer_close(peer *one)
{
    if (one->fd >= 0)
        close(one->fd);
    free(one->in.data);
    free(one->out.data);
    *one = (peer){.fd = -1};
}

void peer_receive(peer *one)
{
    for (;;) {
        uint8_t *to = room(&one->in, LEAST_ROOM);
        if (to == NULL) {
            one->error = ENOMEM;
            return;
        }
        ssize_t got = recv(one->fd, to, one->in.capacity - one->in.size, MSG_DONTWAIT);
        if (got > 0)
            one->in.size += (size_t)got;
        else if (got == 0)
            one->error = ECONNRESET;
        else if (errno != EAGAIN && errno != EINTR)
            one->error = errno;
        if (got < LEAST_ROOM)
            return;
    }
}

void peer_send(peer *one, gf_poller *poller, uint64_t tag)
{
    peer_bytes *out = &one->out;
    while (out->first < out->size && one->error == 0) {
        ssize_t sent =
            send(one->fd, out->data + out->first, out->size - out->first, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent > 0)
            out->first += (size_t)sent;
        else if (errno == EAGAIN)
            break;
        else if (errno != EINTR)
            one->error = errno;
    }
    bool waits = out->first < out->size;
    if (one->error == 0 && waits != one->watches_output) {
        if (gf_poller_change(poller, one->fd, tag, waits ? EPOLLIN | EPOLLOUT : EPOLLIN) != GF_OK)
            one->error = errno;
        one->watches_output = waits;
    }
}

bool peer_next(peer *one, peer_packet *packet)
{
    const uint8_t *at = one->in.data + one->in.first;
    size_t there = one->in.size - one->in.first;
    if (there < HEADER)
        return false;
    packet->type = gf_load_be32(at + 4);
    packet->size = gf_load_be32(at + 8);
    packet->body = at + HEADER;
    if (memcmp(at, "\0RES", 4) != 0) {
        one->error = EPROTO;
        return false;
    }
    if (there - HEADER < packet->size)
        return false;
    one->in.first += HEADER + packet->size;
    return true;
}

uint8_t *peer_begin(peer *one, uint32_t type, size_t size)
{
    uint8_t *out = room(&one->out, HEADER + size);
    if (out == NULL) {
        one->error = ENOMEM;
        return NULL;
    }
    memcpy(out, "\0REQ", 4);
    gf_store_be32(out + 4, type);
    gf_store_be32(out + 8, (uint32_t)size);
    one->out.size += HEADER + size;
    return out + HEADER;
}

void peer_say(peer *one, uint32_t type, const void *body, size_t size)
{
    uint8_t *out = peer_begin(one, type, size);
    if (out != NULL && size > 0)
        memcpy(out, body, size);
}
