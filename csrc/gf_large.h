/* Large blocks: each from malloc by itself. Internal to gf_block.c.
 *
 * One that loses its last reference goes back to the system at once, from whichever thread; or the pool keeps
 * it for a while for the next of about its size, so that a stream of large packets does not have its pages
 * taken away and brought in again for each. */
#ifndef GF_LARGE_H
#define GF_LARGE_H

#include "gf_block.h"

enum { GF_LARGE_PLACES = 32 };

typedef struct gf_large {
    gf_pool *owner;
    size_t bytes;
    uint64_t since; /* ms: kept from then on */
    uint64_t unused;
    gf_block block;
} gf_large;

_Static_assert(sizeof(gf_large) % 16 == 0, "the data of every block must be 16-byte aligned");

typedef struct gf_larges {
    /* --- immutable once a block was made --- */
    uint64_t keep; /* bytes at most */
    /* --- atomic, written by any thread --- */
    _Atomic uint64_t live; /* blocks out */
    _Atomic uint64_t live_bytes;
    _Atomic uint64_t kept_bytes;
    _Atomic(gf_large *) kept[GF_LARGE_PLACES]; /* any thread fills an empty place, the owner empties it */
} gf_larges;

/* Owner thread. */
gf_block *gf_large_new(gf_larges *larges, gf_pool *owner, gf_pool_alloc *alloc, uint32_t size);

/* Any thread. */
void gf_large_release(gf_larges *larges, gf_large *large, gf_pool_release *release);

/* Owner thread: gives back what was kept for longer than so many ms. */
void gf_large_tidy(gf_larges *larges, gf_pool_release *release, uint64_t longer);

#endif
