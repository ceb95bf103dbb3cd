/* Pools: the slabs of one thread (gf_slab.h), large blocks, and the way home for blocks that another thread
 * dropped. */
#include "gf_block.h"

#include <assert.h>
#include <stdlib.h>

#include "gf_large.h"
#include "gf_slab.h"

enum {
    OUTBOXES = 8,
    OUTBOX_MOST = 64, /* blocks gathered for another pool before they are sent without being asked */
    KEPT_LONG = 1000, /* ms that a large block is kept for another of its size */
};

/* Blocks of one other pool that this thread dropped, sent there with one exchange for many. */
typedef struct gf_outbox {
    gf_pool *to;
    gf_free *first, *last;
    uint32_t count;
} gf_outbox;

struct gf_pool {
    /* --- owned by the thread of the pool --- */
    gf_slabs slabs;
    gf_outbox outboxes[OUTBOXES];
    uint32_t boxed; /* blocks in outboxes */
    char pad[GF_CACHE_LINE];
    /* --- atomic, written by any thread --- */
    _Atomic(gf_free *) returned; /* stack of dropped blocks */
    gf_larges larges;
    char pad_end[GF_CACHE_LINE];
};

/* --- the way home --- */

/* Any thread: one release for the whole chain. The owner acquires every chain with one exchange, since each
 * push continues the release sequence of those before it. */
static void push_returned(gf_pool *owner, gf_free *first, gf_free *last)
{
    gf_free *top = atomic_load_explicit(&owner->returned, memory_order_relaxed);
    do
        last->next = top;
    while (!atomic_compare_exchange_weak_explicit(&owner->returned, &top, first, memory_order_release,
                                                  memory_order_relaxed));
}

static void outbox_send(gf_pool *mine, gf_outbox *box)
{
    if (box->count)
        push_returned(box->to, box->first, box->last);
    mine->boxed -= box->count;
    box->count = 0;
}

static void outbox_add(gf_pool *mine, gf_pool *owner, gf_free *link)
{
    gf_outbox *box = &mine->outboxes[(uintptr_t)owner / sizeof *owner % OUTBOXES];
    if (box->to != owner || box->count == OUTBOX_MOST)
        outbox_send(mine, box);
    if (box->count == 0) {
        box->to = owner;
        box->last = link;
    } else {
        link->next = box->first;
    }
    box->first = link;
    box->count++;
    mine->boxed++;
}

static void take_returned(gf_pool *pool)
{
    if (!atomic_load_explicit(&pool->returned, memory_order_relaxed))
        return;
    gf_free *link = atomic_exchange_explicit(&pool->returned, NULL, memory_order_acquire);
    while (link) {
        gf_free *next = link->next;
        gf_slab_put(&pool->slabs, link);
        link = next;
    }
}

void gf_pool_collect(gf_pool *pool)
{
    for (unsigned i = 0; i < OUTBOXES && pool->boxed; i++)
        outbox_send(pool, &pool->outboxes[i]);
    take_returned(pool);
    gf_large_tidy(&pool->larges, pool->slabs.release, KEPT_LONG);
}

/* --- blocks --- */

static gf_slab *slab_with_room(gf_pool *pool, gf_class *class)
{
    if (!class->roomy)
        take_returned(pool);
    return class->roomy ? class->roomy : gf_slab_new(&pool->slabs, class);
}

gf_block *gf_block_new(gf_pool *pool, size_t size)
{
    if (size > GF_CLASS_MOST - sizeof(gf_block))
        return size > UINT32_MAX ? NULL
                                 : gf_large_new(&pool->larges, pool, pool->slabs.alloc, (uint32_t)size);
    const size_t bytes = sizeof(gf_block) + (size ? size : 1); /* a free block needs room for its link */
    gf_slab *slab = slab_with_room(pool, gf_slabs_class(&pool->slabs, (uint32_t)bytes));
    if (!slab)
        return NULL;
    gf_block *block = gf_slab_take(&pool->slabs, slab);
    atomic_store_explicit(&block->refs, 1, memory_order_relaxed);
    return block;
}

void gf_block_recycle(gf_block *block, gf_pool *mine)
{
    if (!block->slab) {
        gf_large *large = (gf_large *)(void *)((uint8_t *)block - offsetof(gf_large, block));
        gf_large_release(&large->owner->larges, large, large->owner->slabs.release);
        return;
    }
    gf_free *link = (gf_free *)block;
    gf_pool *owner = block->slab->owner;
    if (owner == mine)
        gf_slab_put(&mine->slabs, link);
    else if (mine)
        outbox_add(mine, owner, link);
    else
        push_returned(owner, link, link);
}

/* --- pools --- */

gf_pool *gf_pool_new(void)
{
    gf_pool *pool = calloc(1, sizeof *pool);
    if (pool)
        gf_slabs_init(&pool->slabs, pool);
    return pool;
}

void gf_pool_set_system(gf_pool *pool, gf_pool_alloc *alloc, gf_pool_release *release)
{
    pool->slabs.alloc = alloc;
    pool->slabs.release = release;
}

void gf_pool_keep_large(gf_pool *pool, uint64_t bytes)
{
    pool->larges.keep = bytes;
}

void gf_pool_free(gf_pool *pool)
{
    gf_pool_collect(pool);
    assert(atomic_load_explicit(&pool->larges.live, memory_order_relaxed) == 0);
    gf_large_tidy(&pool->larges, pool->slabs.release, 0);
    gf_slabs_free(&pool->slabs);
    free(pool);
}

bool gf_pool_is_idle(const gf_pool *pool)
{
    return pool->slabs.out == 0 && atomic_load_explicit(&pool->larges.live, memory_order_relaxed) == 0 &&
           atomic_load_explicit(&pool->larges.kept_bytes, memory_order_relaxed) == 0;
}

void gf_pool_stats(const gf_pool *pool, gf_pool_stats_out *out)
{
    const uint64_t large = atomic_load_explicit(&pool->larges.live_bytes, memory_order_relaxed);
    out->live_blocks = atomic_load_explicit(&pool->larges.live, memory_order_relaxed);
    out->live_bytes = large;
    out->mapped_bytes = large + atomic_load_explicit(&pool->larges.kept_bytes, memory_order_relaxed) +
                        atomic_load_explicit(&pool->slabs.mapped, memory_order_relaxed);
    for (unsigned i = 0; i < GF_CLASSES; i++) {
        const gf_class *class = &pool->slabs.classes[i];
        const uint64_t live = atomic_load_explicit(&class->live, memory_order_relaxed);
        out->live_blocks += live;
        out->live_bytes += live * class->bytes;
    }
}
