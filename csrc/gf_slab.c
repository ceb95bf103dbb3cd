#include "gf_slab.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif

enum {
    SPARE_SLABS = 2,       /* kept, so that a queue that breathes does not map and unmap */
    GROWING = 1024 * 1024, /* bytes of a class from which on it will soon need the whole of a slab */
};

/* Slabs are mapped, so that each can go back to the system by itself; the rest comes from malloc. */
static void *system_alloc(size_t bytes)
{
    if (bytes != GF_SLAB_BYTES)
        return malloc(bytes);
    void *slab = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return slab == MAP_FAILED ? NULL : slab;
}

static void system_release(void *memory, size_t bytes)
{
    if (bytes != GF_SLAB_BYTES)
        free(memory);
    else
        munmap(memory, bytes);
}

static uint32_t class_bytes(unsigned index)
{
    if (index <= GF_CLASS_FINE / GF_CLASS_STEP)
        return index * GF_CLASS_STEP;
    const unsigned coarse = index - GF_CLASS_FINE / GF_CLASS_STEP - 1;
    return (8 + coarse % 8 + 1) << (6 + coarse / 8);
}

void gf_slabs_init(gf_slabs *slabs, gf_pool *owner)
{
    *slabs = (gf_slabs){.owner = owner, .alloc = system_alloc, .release = system_release};
    for (unsigned i = 0; i < GF_CLASSES; i++)
        slabs->classes[i].bytes = class_bytes(i);
}

static void count_mapped(gf_slabs *slabs, int64_t bytes)
{
    const uint64_t mapped = atomic_load_explicit(&slabs->mapped, memory_order_relaxed);
    atomic_store_explicit(&slabs->mapped, mapped + (uint64_t)bytes, memory_order_relaxed);
}

static bool is_growing(const gf_class *class)
{
    return (uint64_t)atomic_load_explicit(&class->live, memory_order_relaxed) * class->bytes >= GROWING;
}

/* All pages of a slab at once cost less than one fault for each. A kernel that can't refuses, which does no
 * harm. */
static gf_slab *map_slab(gf_slabs *slabs, const gf_class *class)
{
    gf_slab *slab = slabs->alloc(GF_SLAB_BYTES);
    if (!slab)
        return NULL;
    count_mapped(slabs, GF_SLAB_BYTES);
    if (is_growing(class))
        (void)madvise(slab, GF_SLAB_BYTES, MADV_POPULATE_WRITE);
    return slab;
}

static gf_slab *obtain(gf_slabs *slabs, const gf_class *class)
{
    gf_slab *slab = slabs->spare;
    if (!slab)
        return map_slab(slabs, class);
    slabs->spare = slab->next;
    slabs->spares--;
    return slab;
}

gf_slab *gf_slab_new(gf_slabs *slabs, gf_class *class)
{
    gf_slab *slab = obtain(slabs, class);
    if (!slab)
        return NULL;
    *slab = (gf_slab){.owner = slabs->owner, .class = class, .fresh = (uint8_t *)(slab + 1)};
    gf_slab_list(slab);
    return slab;
}

static void give_back(gf_slabs *slabs, gf_slab *slab)
{
    ASAN_UNPOISON_MEMORY_REGION(slab, GF_SLAB_BYTES);
    slabs->release(slab, GF_SLAB_BYTES);
    count_mapped(slabs, -GF_SLAB_BYTES);
}

void gf_slab_retire(gf_slabs *slabs, gf_slab *slab)
{
    gf_slab_unlist(slab);
    if (slabs->spares == SPARE_SLABS) {
        give_back(slabs, slab);
        return;
    }
    slab->next = slabs->spare;
    slabs->spare = slab;
    slabs->spares++;
}

void gf_slab_list(gf_slab *slab)
{
    gf_class *class = slab->class;
    slab->previous = NULL;
    slab->next = class->roomy;
    if (class->roomy)
        class->roomy->previous = slab;
    class->roomy = slab;
}

void gf_slab_unlist(gf_slab *slab)
{
    if (slab->previous)
        slab->previous->next = slab->next;
    else
        slab->class->roomy = slab->next;
    if (slab->next)
        slab->next->previous = slab->previous;
}

static void give_back_all(gf_slabs *slabs, gf_slab *slab)
{
    while (slab) {
        gf_slab *next = slab->next;
        give_back(slabs, slab);
        slab = next;
    }
}

void gf_slabs_free(gf_slabs *slabs)
{
    for (unsigned i = 0; i < GF_CLASSES; i++) {
        assert(atomic_load_explicit(&slabs->classes[i].live, memory_order_relaxed) == 0);
        give_back_all(slabs, slabs->classes[i].roomy);
    }
    give_back_all(slabs, slabs->spare);
}
