/* Events as the I/O threads make them, and the cutting of bodies that both directions share. */
#ifndef FUZZ_EVENTS_H
#define FUZZ_EVENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "gf_event.h"
#include "gf_hash.h"

enum { ARGUMENTS_MOST = 7 };

typedef struct event_maker {
    gf_pool *pool;
    gf_seed seed;
} event_maker;

/* Where the terminated arguments of a packet end, and how many there are. */
typedef struct body_cuts {
    uint32_t ends[ARGUMENTS_MOST];
    uint32_t count;
    uint32_t data; /* what follows them */
} body_cuts;

/* GF_ERROR_NONE, GF_ERROR_MISSING_ARGUMENT or GF_ERROR_ARGUMENT_TOO_LARGE. Strict, as clients are:
 * make_packet also takes a handle without NUL and data. */
gf_error cut_body(uint8_t type, const uint8_t *body, uint32_t size, body_cuts *out);

/* A packet with a known type, as the parser hands it on: cut, or as the fault it found. */
gf_event make_packet(event_maker *maker, gf_peer_id peer, uint8_t type, const uint8_t *body, uint32_t size);
gf_event make_line(event_maker *maker, gf_peer_id peer, const uint8_t *line, uint32_t size);
gf_event make_connect(event_maker *maker, gf_peer_id peer);
gf_event make_fault(gf_peer_id peer, gf_error error);
gf_event make_gone(gf_peer_id peer);

#endif
