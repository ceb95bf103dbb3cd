/* Small objects are blocks of the core's pool: the same free lists, and memory given back when they go. */
#include "gf_parts.h"

void *gf_core_alloc(gf_core *core, size_t size)
{
    gf_block *block = gf_block_new(core->pool, size);
    if (block == NULL)
        return NULL;
    core->object_bytes += sizeof *block + block->size;
    return gf_block_data(block);
}

void gf_core_release(gf_core *core, void *object)
{
    if (object == NULL)
        return;
    gf_block *block = (gf_block *)object - 1;
    core->object_bytes -= sizeof *block + block->size;
    gf_block_unref(block, core->pool);
}
