/* One connection of a replay: bytes in, bytes out, packets cut. */
#ifndef REPLAY_PEER_H
#define REPLAY_PEER_H

#include <netdb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gf_poller.h"

typedef struct peer_bytes {
    uint8_t *data;
    size_t first;
    size_t size; /* from the beginning of `data` */
    size_t capacity;
} peer_bytes;

typedef struct peer {
    int fd;
    int error; /* an errno; 0 while it works */
    bool watches_output;
    bool leaves; /* closed once nothing is under way */
    peer_bytes in;
    peer_bytes out;
} peer;

/* A packet as it came; `body` is valid until more is received. */
typedef struct peer_packet {
    uint32_t type;
    uint32_t size;
    const uint8_t *body;
} peer_packet;

/* `waits`: until the server has accepted. Without, a failure shows when something is sent or received. */
void peer_connect(peer *one, const struct addrinfo *to, bool waits, gf_poller *poller, uint64_t tag);
void peer_close(peer *one);

/* Both move what they can without waiting. */
void peer_receive(peer *one);
void peer_send(peer *one, gf_poller *poller, uint64_t tag);

bool peer_next(peer *one, peer_packet *packet);

/* Room for a packet's body, which is to be filled at once; NULL when memory is out, and that is an error. */
uint8_t *peer_begin(peer *one, uint32_t type, size_t size);
void peer_say(peer *one, uint32_t type, const void *body, size_t size);

#endif
