/* A connection: packets in, packets out, and nothing about jobs. */
#ifndef FLOOR_PEER_H
#define FLOOR_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fifo.h"

enum { LARGE = 16 * 1024 /* bytes from which a packet is not copied */ };

/* A block on its way out, behind `before` copied bytes. */
typedef struct piece {
    block *large;
    size_t start; /* bytes of the packet that are not sent from here, or were sent already */
    size_t before;
} piece;

typedef struct peer {
    int fd;
    bool is_open, is_dirty, wants_output;
    bool is_asleep, is_listed; /* listed: among those asleep, though it may have woken since */
    struct peer *next_dirty, *next_asleep;
    uint8_t *in; /* the beginning of a packet */
    size_t in_length;
    block *incoming; /* a large packet that is not complete */
    uint8_t *out;    /* copied bytes to be sent */
    size_t out_start, out_end, out_capacity;
    piece *pieces;
    size_t piece_first, piece_end, piece_capacity;
} peer;

/* A whole packet; `large` is the block that holds it, now the receiver's, or NULL. */
typedef void packet_handler(peer *p, const uint8_t *packet, size_t size, block *large);

/* Reads what is there; false when the peer is gone or sends no packets. */
bool peer_receive(peer *p, packet_handler *handle);

/* Appends the head of a packet of this body size, with room for `copied` bytes of the body, which are
 * returned. */
uint8_t *peer_put(peer *p, uint32_t type, size_t body, size_t copied);

/* Behind what was put so far: the packet in the block from byte `start` on. The block is freed once it is
 * sent. */
void peer_put_block(peer *p, block *large, size_t start);

/* True when all is sent. */
bool peer_send(peer *p);

/* Frees what it holds. */
void peer_free(peer *p);

#endif
