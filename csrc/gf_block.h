/* Reference-counted byte blocks from per-thread pools.
 *
 * A block is made by the thread that owns the pool and may lose its last reference in any thread; its memory
 * then goes back to that pool. Small blocks are carved from slabs of one size class each; a slab that is
 * wholly free again goes back to the system. Large blocks (gf_large.h) come from malloc one by one. */
#ifndef GF_BLOCK_H
#define GF_BLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gf_rc.h"

struct gf_slab;
typedef struct gf_pool gf_pool;

typedef struct gf_block {
    _Atomic uint32_t refs;
    uint32_t size;        /* bytes usable: at least what was asked for */
    struct gf_slab *slab; /* NULL: a large block */
} gf_block;

typedef struct gf_pool_stats_out {
    uint64_t live_blocks;  /* handed out and not back yet (a block on its way back counts) */
    uint64_t live_bytes;   /* the same with headers and rounding */
    uint64_t mapped_bytes; /* taken from the system: slabs and large blocks, spare and kept ones too */
} gf_pool_stats_out;

/* NULL when memory is out. */
gf_pool *gf_pool_new(void);

/* Every block must be back. Where pools give blocks to each other, first stop the threads and collect every
 * pool, then free them. */
void gf_pool_free(gf_pool *pool);

/* Owner thread: sends blocks of other pools that it has dropped on their way home, and takes its own back.
 * To be called once a turn, at the latest before going to sleep. */
void gf_pool_collect(gf_pool *pool);

/* How many bytes of large blocks may be kept when they come back, for the next of about their size; none if
 * this is never called. To be set before the first block is made. gf_pool_collect gives back what was kept
 * for a second, so it must be called now and then until the pool is idle. */
void gf_pool_keep_large(gf_pool *pool, uint64_t bytes);

/* Owner thread: none of its blocks is out, or kept. Cheap enough to ask before each sleep. */
bool gf_pool_is_idle(const gf_pool *pool);

/* Any thread; a snapshot whose parts may be of slightly different moments. */
void gf_pool_stats(const gf_pool *pool, gf_pool_stats_out *out);

/* Where slabs and large blocks come from: `alloc` returns NULL or 16-byte aligned memory, `release` may be
 * called from any thread. To be set before the first block is made. */
typedef void *gf_pool_alloc(size_t bytes);
typedef void gf_pool_release(void *memory, size_t bytes);
void gf_pool_set_system(gf_pool *pool, gf_pool_alloc *alloc, gf_pool_release *release);

/* Owner thread: a block of at least `size` bytes (at most 4 GiB - 1) with one reference; NULL when memory is
 * out. */
GF_MUST_CHECK gf_block *gf_block_new(gf_pool *pool, size_t size);

/* Gives the memory of a block without references back; called by gf_block_unref only. */
void gf_block_recycle(gf_block *block, gf_pool *mine);

/* 16-byte aligned. */
static inline uint8_t *gf_block_data(gf_block *block)
{
    return (uint8_t *)(block + 1);
}

/* Any thread that holds a reference: one more. */
static inline gf_block *gf_block_ref(gf_block *block)
{
    atomic_fetch_add_explicit(&block->refs, 1, memory_order_relaxed);
    return block;
}

/* Any thread that holds a reference: one less. `mine` is the calling thread's own pool, or NULL.
 *
 * A holder that reads 1 is the only one and nobody can add to it, so the counter need not be written; the
 * acquire pairs with the release of the holders that went before. */
static inline void gf_block_unref(gf_block *block, gf_pool *mine)
{
    if (atomic_load_explicit(&block->refs, memory_order_acquire) == 1 ||
        atomic_fetch_sub_explicit(&block->refs, 1, memory_order_acq_rel) == 1)
        gf_block_recycle(block, mine);
}

#endif
