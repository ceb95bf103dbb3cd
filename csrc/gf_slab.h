/* Slabs: the memory of small blocks. Internal to gf_block.c; everything here belongs to one thread.
 *
 * A slab serves one size class of one pool. Its blocks are carved as they are needed, so memory not yet used
 * is not resident until a class is large. They come back to the slab's own free list, so that a slab without
 * blocks out is known at once and can go back to the system. A class lists only the slabs that have room. */
#ifndef GF_SLAB_H
#define GF_SLAB_H

#include <stdbool.h>

#include "gf_block.h"

#ifdef __has_feature /* clang has this in place of gcc's macro */
#if __has_feature(address_sanitizer)
#define GF_ADDRESS_SANITIZER
#endif
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(GF_ADDRESS_SANITIZER)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size)   ((void)0)
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)0)
#endif

/* All sizes of classes include the header of the block. */
enum {
    GF_SLAB_BYTES = 256 * 1024,
    GF_CLASS_STEP = 16, /* between classes up to GF_CLASS_FINE; above, eight classes to each power of two */
    GF_CLASS_FINE = 512,
    GF_CLASS_MOST = 32 * 1024,
    GF_CLASSES = GF_CLASS_FINE / GF_CLASS_STEP + 1 + 6 * 8,
};

/* A block without references: its link lies where the data was. */
typedef struct gf_free {
    gf_block block;
    struct gf_free *next;
} gf_free;

typedef struct gf_class {
    struct gf_slab *roomy; /* slabs with room, doubly linked; the first is used */
    uint32_t bytes;
    _Atomic uint32_t live; /* blocks handed out; written by the owner, read by any thread */
} gf_class;

typedef struct gf_slab {
    /* --- immutable while a block is out: other threads read it to send the block home --- */
    gf_pool *owner;
    gf_class *class;
    char pad[GF_CACHE_LINE - 2 * sizeof(void *)];
    /* --- owned by the thread of the pool --- */
    struct gf_slab *previous, *next; /* in the list of the class, or of the spare slabs (only `next`) */
    gf_free *free;
    uint8_t *fresh; /* the rest, never handed out */
    uint32_t out;   /* blocks handed out */
    char pad_end[GF_CACHE_LINE - 4 * sizeof(void *) - sizeof(uint32_t)];
} gf_slab;

typedef struct gf_slabs {
    /* --- immutable once a block was made --- */
    gf_pool *owner;
    gf_pool_alloc *alloc;
    gf_pool_release *release;
    /* --- owned by the thread of the pool --- */
    gf_slab *spare;
    uint32_t spares;
    uint64_t out;            /* blocks handed out, of all classes */
    _Atomic uint64_t mapped; /* bytes; may be read by any thread */
    gf_class classes[GF_CLASSES];
} gf_slabs;

_Static_assert(sizeof(gf_slab) % GF_CLASS_STEP == 0 && sizeof(gf_block) == GF_CLASS_STEP,
               "the data of every block must be 16-byte aligned");

void gf_slabs_init(gf_slabs *slabs, gf_pool *owner);

/* No block may be out. */
void gf_slabs_free(gf_slabs *slabs);

/* A slab with room, first in its class; NULL when memory is out. */
gf_slab *gf_slab_new(gf_slabs *slabs, gf_class *class);

/* Takes a slab without blocks out of its class. */
void gf_slab_retire(gf_slabs *slabs, gf_slab *slab);

void gf_slab_list(gf_slab *slab);
void gf_slab_unlist(gf_slab *slab);

/* The class for blocks of `bytes` (with header, at most GF_CLASS_MOST). */
static inline gf_class *gf_slabs_class(gf_slabs *slabs, uint32_t bytes)
{
    if (bytes <= GF_CLASS_FINE)
        return &slabs->classes[(bytes + GF_CLASS_STEP - 1) / GF_CLASS_STEP];
    const unsigned power = 31 - (unsigned)__builtin_clz(bytes - 1); /* 9 just above GF_CLASS_FINE */
    const unsigned eighth = (bytes - 1) >> (power - 3) & 7;
    return &slabs->classes[GF_CLASS_FINE / GF_CLASS_STEP + 1 + (power - 9) * 8 + eighth];
}

/* One thread writes and others read, so no locked instruction is needed. */
static inline void gf_class_count(gf_class *class, int n)
{
    const uint32_t live = atomic_load_explicit(&class->live, memory_order_relaxed);
    atomic_store_explicit(&class->live, live + (uint32_t)n, memory_order_relaxed);
}

static inline bool gf_slab_has_room(const gf_slab *slab)
{
    return slab->free || slab->fresh + slab->class->bytes <= (const uint8_t *)slab + GF_SLAB_BYTES;
}

static inline gf_block *gf_slab_carve(gf_slab *slab)
{
    gf_block *block = (gf_block *)slab->fresh;
    slab->fresh += slab->class->bytes;
    ASAN_UNPOISON_MEMORY_REGION(block, slab->class->bytes);
    block->size = slab->class->bytes - (uint32_t)sizeof *block;
    block->slab = slab;
    return block;
}

static inline gf_block *gf_slab_reuse(gf_slab *slab)
{
    gf_free *link = slab->free;
    slab->free = link->next;
    ASAN_UNPOISON_MEMORY_REGION(link + 1, link->block.size - sizeof link->next);
    return &link->block;
}

/* A block, its reference count not set yet; the slab must have room. */
static inline gf_block *gf_slab_take(gf_slabs *slabs, gf_slab *slab)
{
    gf_block *block = slab->free ? gf_slab_reuse(slab) : gf_slab_carve(slab);
    slab->out++;
    slabs->out++;
    gf_class_count(slab->class, 1);
    if (!gf_slab_has_room(slab))
        gf_slab_unlist(slab);
    return block;
}

/* Takes a block back. The last slab with room stays with its class, so that one block that comes and goes is
 * cheap. */
static inline void gf_slab_put(gf_slabs *slabs, gf_free *link)
{
    gf_slab *slab = link->block.slab;
    if (!gf_slab_has_room(slab))
        gf_slab_list(slab);
    link->next = slab->free;
    slab->free = link;
    ASAN_POISON_MEMORY_REGION(link + 1, link->block.size - sizeof link->next);
    slab->out--;
    slabs->out--;
    gf_class_count(slab->class, -1);
    if (slab->out == 0 && (slab->previous || slab->next))
        gf_slab_retire(slabs, slab);
}

#endif
