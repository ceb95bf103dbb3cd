/* Bounded ring of fixed-size elements between one producer thread and one consumer thread.
 *
 * The indices run freely over 2^32 and are compared only by unsigned difference. Each side works on private
 * indices and publishes once a batch, so a batch costs one shared store and at most one shared load a side:
 *   commit (release) -> peek (acquire):   the consumer sees filled slots;
 *   release (release) -> reserve (acquire): the producer overwrites a slot only after it was read.
 * There are no stand-alone fences: these pairs suffice and ThreadSanitizer understands them. */
#ifndef GF_RING_H
#define GF_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "gf_rc.h"

typedef struct gf_ring {
    /* --- immutable after init --- */
    uint8_t *slots;
    uint32_t capacity; /* a power of two */
    uint32_t element_size;
    char pad0[GF_CACHE_LINE];
    /* --- owned by the producer; `published` is read by the consumer --- */
    _Atomic uint32_t published;
    uint32_t reserved;
    uint32_t released_seen; /* copy of `released`, refreshed only when the ring looks full */
    char pad1[GF_CACHE_LINE];
    /* --- owned by the consumer; `released` is read by the producer --- */
    _Atomic uint32_t released;
    uint32_t peeked;
    uint32_t published_seen; /* copy of `published`, refreshed only when the ring looks empty */
    char pad2[GF_CACHE_LINE];
} gf_ring;

/* `capacity` is rounded up to a power of two (at most 2^31). */
GF_MUST_CHECK static inline int gf_ring_init(gf_ring *ring, uint32_t capacity, uint32_t element_size)
{
    uint32_t rounded = 1;
    while (rounded < capacity && rounded < UINT32_C(1) << 31)
        rounded <<= 1;
    *ring = (gf_ring){.capacity = rounded, .element_size = element_size};
    ring->slots = (uint8_t *)malloc((size_t)rounded * element_size);
    return ring->slots ? GF_OK : GF_NOMEM;
}

static inline void gf_ring_free(gf_ring *ring)
{
    free(ring->slots);
    ring->slots = NULL;
}

static inline void *gf_ring_slot(const gf_ring *ring, uint32_t index)
{
    return ring->slots + (size_t)(index & (ring->capacity - 1)) * ring->element_size;
}

/* Producer: the next free slot, not visible to the consumer until the commit; NULL when the ring is full. */
static inline void *gf_ring_reserve_spsc(gf_ring *ring)
{
    if (ring->reserved - ring->released_seen == ring->capacity) {
        ring->released_seen = atomic_load_explicit(&ring->released, memory_order_acquire);
        if (ring->reserved - ring->released_seen == ring->capacity)
            return NULL;
    }
    return gf_ring_slot(ring, ring->reserved++);
}

/* Producer: publishes every reserved slot. */
static inline void gf_ring_commit_spsc(gf_ring *ring)
{
    atomic_store_explicit(&ring->published, ring->reserved, memory_order_release);
}

/* Producer: are there reserved slots that no commit has published? */
static inline bool gf_ring_uncommitted_spsc(const gf_ring *ring)
{
    return atomic_load_explicit(&ring->published, memory_order_relaxed) != ring->reserved;
}

/* Consumer: the next unread element, which stays valid until the release; NULL when there is none. */
static inline void *gf_ring_peek_spsc(gf_ring *ring)
{
    if (ring->peeked == ring->published_seen) {
        ring->published_seen = atomic_load_explicit(&ring->published, memory_order_acquire);
        if (ring->peeked == ring->published_seen)
            return NULL;
    }
    return gf_ring_slot(ring, ring->peeked++);
}

/* Consumer: sees what has been published up to now. */
static inline void gf_ring_look_spsc(gf_ring *ring)
{
    ring->published_seen = atomic_load_explicit(&ring->published, memory_order_acquire);
}

/* Consumer: as the peek, but of what the last look or peek saw, and no more. */
static inline void *gf_ring_peek_seen_spsc(gf_ring *ring)
{
    return ring->peeked == ring->published_seen ? NULL : gf_ring_slot(ring, ring->peeked++);
}

/* Consumer: gives every peeked slot back to the producer. */
static inline void gf_ring_release_spsc(gf_ring *ring)
{
    atomic_store_explicit(&ring->released, ring->peeked, memory_order_release);
}

/* Consumer: is nothing left to peek? The look to take after declaring sleep (gf_bell.h). */
static inline bool gf_ring_empty_spsc(gf_ring *ring)
{
    return ring->peeked == atomic_load_explicit(&ring->published, memory_order_acquire);
}

#endif
