#include "peer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "gf_bytes.h"
#include "gf_packet.h"

enum { SCRATCH = 2 * LARGE, VECTORS = 64 };

static uint8_t scratch[SCRATCH];

static void *grown(void *memory, size_t size)
{
    void *larger = realloc(memory, size);
    if (larger == NULL)
        abort();
    return larger;
}

static bool is_temporary(void)
{
    return errno == EAGAIN || errno == EINTR;
}

static void begin_block(peer *p, const uint8_t *packet, size_t size, size_t have)
{
    p->incoming = grown(NULL, sizeof(block) + size);
    p->incoming->size = size;
    p->incoming->filled = have;
    memcpy(p->incoming->packet, packet, have);
}

static void end_block(peer *p, packet_handler *handle)
{
    block *b = p->incoming;
    p->incoming = NULL;
    handle(p, b->packet, b->size, b);
}

/* What is left is less than a packet: kept in front of what comes next. */
static void keep(peer *p, const uint8_t *rest, size_t length)
{
    p->in_length = length;
    if (length == 0)
        return;
    if (p->in == NULL)
        p->in = grown(NULL, LARGE);
    memcpy(p->in, rest, length);
}

/* The packets in `length` bytes of scratch; false when these are none. */
static bool read_packets(peer *p, size_t length, packet_handler *handle)
{
    size_t at = 0;
    while (length - at >= GF_HEADER_SIZE) {
        const uint8_t *packet = scratch + at;
        const size_t size = (size_t)GF_HEADER_SIZE + gf_load_be32(packet + 8);
        const size_t have = size < length - at ? size : length - at;
        if (gf_load_be32(packet) != GF_MAGIC_REQ)
            return false;
        if (size >= LARGE)
            begin_block(p, packet, size, have);
        else if (have < size)
            break;
        at += have;
        if (size < LARGE)
            handle(p, packet, size, NULL);
        else if (have == size)
            end_block(p, handle);
    }
    keep(p, scratch + at, length - at);
    return true;
}

/* What the packet still lacks goes to where it stays, what is behind it to scratch. */
static bool receive_block(peer *p, packet_handler *handle)
{
    block *b = p->incoming;
    const size_t missing = b->size - b->filled;
    struct iovec room[2] = {{b->packet + b->filled, missing}, {scratch, SCRATCH}};
    struct msghdr message = {.msg_iov = room, .msg_iovlen = 2};
    const ssize_t got = recvmsg(p->fd, &message, 0);
    if (got <= 0)
        return got < 0 && is_temporary();
    if ((size_t)got < missing) {
        b->filled += (size_t)got;
        return true;
    }
    end_block(p, handle);
    return read_packets(p, (size_t)got - missing, handle);
}

bool peer_receive(peer *p, packet_handler *handle)
{
    const size_t kept = p->in_length;
    if (p->incoming)
        return receive_block(p, handle);
    if (kept > 0)
        memcpy(scratch, p->in, kept);
    const ssize_t got = recv(p->fd, scratch + kept, SCRATCH - kept, 0);
    if (got <= 0)
        return got < 0 && is_temporary();
    return read_packets(p, kept + (size_t)got, handle);
}

static uint8_t *out_room(peer *p, size_t size)
{
    if (p->out_capacity - p->out_end < size && p->out_start > 0 &&
        p->out_start >= p->out_end - p->out_start) {
        memmove(p->out, p->out + p->out_start, p->out_end - p->out_start);
        p->out_end -= p->out_start;
        p->out_start = 0;
    }
    if (p->out_capacity - p->out_end < size) {
        p->out_capacity = 2 * (p->out_end + size);
        p->out = grown(p->out, p->out_capacity);
    }
    return p->out + p->out_end;
}

uint8_t *peer_put(peer *p, uint32_t type, size_t body, size_t copied)
{
    uint8_t *at = out_room(p, GF_HEADER_SIZE + copied);
    gf_store_be32(at, GF_MAGIC_RES);
    gf_store_be32(at + 4, type);
    gf_store_be32(at + 8, (uint32_t)body);
    p->out_end += GF_HEADER_SIZE + copied;
    return at + GF_HEADER_SIZE;
}

/* Copied bytes that follow the last block. */
static size_t copied_behind(const peer *p)
{
    size_t count = p->out_end - p->out_start;
    for (size_t i = p->piece_first; i < p->piece_end; i++)
        count -= p->pieces[i].before;
    return count;
}

void peer_put_block(peer *p, block *large, size_t start)
{
    if (p->piece_first == p->piece_end)
        p->piece_first = p->piece_end = 0;
    if (p->piece_end == p->piece_capacity) {
        p->piece_capacity = p->piece_capacity ? 2 * p->piece_capacity : 16;
        p->pieces = grown(p->pieces, p->piece_capacity * sizeof *p->pieces);
    }
    const size_t before = copied_behind(p);
    p->pieces[p->piece_end++] = (piece){large, start, before};
}

static size_t gather(const peer *p, struct iovec *vectors)
{
    const uint8_t *copied = p->out + p->out_start;
    size_t count = 0, rest = p->out_end - p->out_start;
    for (size_t i = p->piece_first; i < p->piece_end && count + 3 < VECTORS; i++) {
        const piece *one = &p->pieces[i];
        if (one->before)
            vectors[count++] = (struct iovec){(void *)copied, one->before};
        vectors[count++] = (struct iovec){one->large->packet + one->start, one->large->size - one->start};
        copied += one->before;
        rest -= one->before;
        if (i + 1 < p->piece_end && count + 3 >= VECTORS)
            return count;
    }
    if (rest)
        vectors[count++] = (struct iovec){(void *)copied, rest};
    return count;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void take_copied(peer *p, size_t size)
{
    p->out_start += size;
    if (p->out_start == p->out_end)
        p->out_start = p->out_end = 0;
}

static void consume(peer *p, size_t sent)
{
    while (p->piece_first < p->piece_end) {
        piece *one = &p->pieces[p->piece_first];
        const size_t copied = least(sent, one->before);
        take_copied(p, copied);
        one->before -= copied;
        sent -= copied;
        const size_t taken = least(sent, one->large->size - one->start);
        one->start += taken;
        sent -= taken;
        if (one->before || one->start < one->large->size)
            return;
        free(one->large);
        p->piece_first++;
    }
    take_copied(p, sent);
}

static ssize_t send_some(const peer *p)
{
    struct iovec vectors[VECTORS];
    if (p->piece_first == p->piece_end)
        return send(p->fd, p->out + p->out_start, p->out_end - p->out_start, MSG_NOSIGNAL);
    const struct msghdr message = {.msg_iov = vectors, .msg_iovlen = gather(p, vectors)};
    return sendmsg(p->fd, &message, MSG_NOSIGNAL);
}

bool peer_send(peer *p)
{
    while (p->out_start < p->out_end || p->piece_first < p->piece_end) {
        const ssize_t sent = send_some(p);
        if (sent < 0)
            return !is_temporary();
        consume(p, (size_t)sent);
    }
    return true;
}

void peer_free(peer *p)
{
    while (p->piece_first < p->piece_end)
        free(p->pieces[p->piece_first++].large);
    free(p->pieces);
    free(p->incoming);
    free(p->in);
    free(p->out);
}
