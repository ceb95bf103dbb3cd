/* One-way lane between two threads: a ring, plus a spill on the producer's side so that a push never waits.
 *
 * Two threads that wait for each other's full ring would stop for ever. So a push always finds a slot; a
 * producer whose lane is stalled instead takes no more input until the spill has drained. */
#ifndef GF_LANE_H
#define GF_LANE_H

#include "gf_ring.h"

typedef struct gf_lane {
    gf_ring ring;
    /* --- owned by the producer: a circular queue of elements that did not fit --- */
    uint8_t *spill;
    size_t spill_capacity; /* elements; a power of two, or 0 */
    size_t spill_first;
    size_t spill_count;
    char pad[GF_CACHE_LINE];
    /* --- atomic, written by both --- */
    _Atomic int waiting; /* the producer sleeps until there is room */
    char pad_end[GF_CACHE_LINE];
} gf_lane;

/* `capacity` of the ring is rounded up to a power of two; `element_size` is in bytes. */
GF_MUST_CHECK int gf_lane_init(gf_lane *lane, uint32_t capacity, uint32_t element_size);
void gf_lane_free(gf_lane *lane);

/* --- producer --- */

/* Slow half of gf_lane_push: the slot comes from the spill. */
void *gf_lane_push_spill(gf_lane *lane);

/* A slot to fill before the next push or flush; elements arrive in push order. NULL only without memory. */
static inline void *gf_lane_push(gf_lane *lane)
{
    if (lane->spill_count == 0) {
        void *slot = gf_ring_reserve_spsc(&lane->ring);
        if (slot)
            return slot;
    }
    return gf_lane_push_spill(lane);
}

/* Publishes everything pushed that fits in the ring; true when the consumer has something new to read. */
bool gf_lane_flush(gf_lane *lane);

/* True when pushed elements wait outside the ring: take no more input until a flush has cleared this. */
static inline bool gf_lane_stalled(const gf_lane *lane)
{
    return lane->spill_count != 0;
}

/* Declares that the producer sleeps until there is room. Flush once more afterwards, then sleep:
 *
 * Both sides exchange `waiting`, so one exchange reads what the other wrote. Is the consumer's the earlier
 * one, the producer acquires it and the flush sees the slots released before it. Is the producer's earlier,
 * the consumer reads 1 and rings. A plain load on either side would leave a third outcome where each misses
 * the other (store, then load: neither release nor acquire orders that). */
static inline void gf_lane_block(gf_lane *lane)
{
    atomic_exchange_explicit(&lane->waiting, 1, memory_order_acq_rel);
}

/* --- consumer --- */

static inline void *gf_lane_peek(gf_lane *lane)
{
    return gf_ring_peek_spsc(&lane->ring);
}

static inline void gf_lane_look(gf_lane *lane)
{
    gf_ring_look_spsc(&lane->ring);
}

static inline void *gf_lane_peek_seen(gf_lane *lane)
{
    return gf_ring_peek_seen_spsc(&lane->ring);
}

static inline void gf_lane_release(gf_lane *lane)
{
    gf_ring_release_spsc(&lane->ring);
}

static inline bool gf_lane_empty(gf_lane *lane)
{
    return gf_ring_empty_spsc(&lane->ring);
}

/* After a release: true when the producer waits for room, and its bell must be rung. Once a batch it costs an
 * exchange on a line that only the consumer touches while nobody blocks. */
static inline bool gf_lane_unblock(gf_lane *lane)
{
    return atomic_exchange_explicit(&lane->waiting, 0, memory_order_acq_rel) != 0;
}

#endif
