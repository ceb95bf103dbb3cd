#include "gf_large.h"

#include <time.h>

#include "gf_slab.h"

enum { KEPT_LEAST = 128 * 1024 }; /* bytes; malloc does well with less */

static uint64_t milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void count_live(gf_larges *larges, size_t bytes)
{
    atomic_fetch_add_explicit(&larges->live, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&larges->live_bytes, bytes, memory_order_relaxed);
}

/* --- the owner empties places --- */

/* Only the owner empties a place, so what it has read there stays until it does. */
static gf_large *take_from(gf_larges *larges, unsigned place, gf_large *large)
{
    atomic_store_explicit(&larges->kept[place], NULL, memory_order_relaxed);
    atomic_fetch_sub_explicit(&larges->kept_bytes, large->bytes, memory_order_relaxed);
    ASAN_UNPOISON_MEMORY_REGION(large + 1, large->bytes - sizeof *large);
    return large;
}

/* At most a quarter larger than need be; NULL if there is none. */
static gf_large *take_kept(gf_larges *larges, size_t bytes)
{
    if (atomic_load_explicit(&larges->kept_bytes, memory_order_relaxed) < bytes)
        return NULL;
    for (unsigned place = 0; place < GF_LARGE_PLACES; place++) {
        gf_large *large = atomic_load_explicit(&larges->kept[place], memory_order_acquire);
        if (large && large->bytes >= bytes && large->bytes - bytes <= bytes / 4)
            return take_from(larges, place, large);
    }
    return NULL;
}

void gf_large_tidy(gf_larges *larges, gf_pool_release *release, uint64_t longer)
{
    if (atomic_load_explicit(&larges->kept_bytes, memory_order_relaxed) == 0)
        return;
    const uint64_t now = milliseconds();
    for (unsigned place = 0; place < GF_LARGE_PLACES; place++) {
        gf_large *large = atomic_load_explicit(&larges->kept[place], memory_order_acquire);
        if (large && now - large->since >= longer)
            release(take_from(larges, place, large), large->bytes);
    }
}

/* --- any thread fills them --- */

static bool put_into_place(gf_larges *larges, gf_large *large)
{
    for (unsigned place = 0; place < GF_LARGE_PLACES; place++) {
        gf_large *none = NULL;
        if (atomic_compare_exchange_strong_explicit(&larges->kept[place], &none, large, memory_order_release,
                                                    memory_order_relaxed))
            return true;
    }
    return false;
}

/* The bytes are counted first, so that several threads together keep no more than they may. */
static bool keep(gf_larges *larges, gf_large *large)
{
    const size_t bytes = large->bytes;
    if (bytes < KEPT_LEAST || bytes > larges->keep)
        return false;
    const uint64_t before = atomic_fetch_add_explicit(&larges->kept_bytes, bytes, memory_order_relaxed);
    if (before + bytes <= larges->keep) {
        large->since = milliseconds();
        ASAN_POISON_MEMORY_REGION(large + 1, bytes - sizeof *large);
        if (put_into_place(larges, large))
            return true;
        ASAN_UNPOISON_MEMORY_REGION(large + 1, bytes - sizeof *large);
    }
    atomic_fetch_sub_explicit(&larges->kept_bytes, bytes, memory_order_relaxed);
    return false;
}

void gf_large_release(gf_larges *larges, gf_large *large, gf_pool_release *release)
{
    const size_t bytes = large->bytes;
    if (!keep(larges, large))
        release(large, bytes);
    atomic_fetch_sub_explicit(&larges->live_bytes, bytes, memory_order_relaxed);
    atomic_fetch_sub_explicit(&larges->live, 1, memory_order_relaxed);
}

gf_block *gf_large_new(gf_larges *larges, gf_pool *owner, gf_pool_alloc *alloc, uint32_t size)
{
    const size_t bytes = sizeof(gf_large) + size;
    gf_large *large = take_kept(larges, bytes);
    if (large) {
        atomic_store_explicit(&large->block.refs, 1, memory_order_relaxed);
    } else {
        large = alloc(bytes);
        if (!large)
            return NULL;
        *large = (gf_large){.owner = owner, .bytes = bytes, .block = {.refs = 1, .size = size}};
    }
    count_live(larges, large->bytes);
    return &large->block;
}
