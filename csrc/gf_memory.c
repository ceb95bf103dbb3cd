/* Small objects are blocks of the core's pool: the same free lists, and memory given back when they go.
 * Arrays are doubled. */
#include <stdlib.h>

#include "gf_parts.h"

enum { FIRST_ITEMS = 64 };

void *gf_core_alloc(gf_core *core, size_t size)
{
    gf_block *block = gf_block_new(core->pool, size);
    return block == NULL ? NULL : gf_block_data(block);
}

void gf_core_release(gf_core *core, void *object)
{
    if (object != NULL)
        gf_block_unref((gf_block *)object - 1, core->pool);
}

void *gf_core_alloc_counted(gf_core *core, size_t size)
{
    void *object = gf_core_alloc(core, size);
    if (object != NULL)
        core->object_bytes += sizeof(gf_block) + ((gf_block *)object - 1)->size;
    return object;
}

void gf_core_release_counted(gf_core *core, void *object)
{
    if (object != NULL)
        core->object_bytes -= sizeof(gf_block) + ((gf_block *)object - 1)->size;
    gf_core_release(core, object);
}

void *gf_array_with_room(void *items, size_t count, size_t *capacity, size_t item_size)
{
    if (count < *capacity)
        return items;
    size_t doubled = *capacity == 0 ? FIRST_ITEMS : *capacity * 2;
    void *grown = realloc(items, doubled * item_size);
    if (grown != NULL)
        *capacity = doubled;
    return grown;
}
