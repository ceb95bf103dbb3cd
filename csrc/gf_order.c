/* The order of gearmand's listings: its hash buckets in turn, the newest first in each. */
#include <stdlib.h>

#include "gf_parts.h"

enum { FUNCTION_BUCKETS = 991 };

typedef struct gf_place {
    uint32_t bucket;
    uint64_t made;
    void *item;
} gf_place;

/* Bob Jenkins' one-at-a-time over signed bytes, in signed arithmetic with arithmetic shifts to the right. */
uint32_t gf_gearmand_hash(const void *bytes, size_t size)
{
    uint32_t value = 0;
    for (size_t i = 0; i < size; i++) {
        int letter = ((const signed char *)bytes)[i];
        value += (uint32_t)letter;
        value += value << 10;
        value ^= (uint32_t)((int32_t)value >> 6);
    }
    value += value << 3;
    value ^= (uint32_t)((int32_t)value >> 11);
    value += value << 15;
    return value == 0 ? 1 : value;
}

static int by_place(const void *left, const void *right)
{
    const gf_place *one = left;
    const gf_place *other = right;
    if (one->bucket != other->bucket)
        return one->bucket < other->bucket ? -1 : 1;
    return one->made == other->made ? 0 : one->made > other->made ? -1 : 1;
}

/* Sorts the places and leaves their items in the same memory, which the caller frees. */
static void *sorted_items(gf_place *places, size_t count)
{
    qsort(places, count, sizeof *places, by_place);
    void **items = (void **)(void *)places;
    for (size_t i = 0; i < count; i++)
        items[i] = places[i].item;
    return items;
}

gf_function **gf_functions_in_order(const gf_core *core, size_t *count)
{
    gf_place *places = malloc((core->functions.count + 1) * sizeof *places);
    if (places == NULL)
        return NULL;
    *count = 0;
    for (gf_function *function = core->newest_function; function != NULL; function = function->older)
        places[(*count)++] =
            (gf_place){.bucket = gf_gearmand_hash(function->name, function->name_size) % FUNCTION_BUCKETS,
                       .made = function->created,
                       .item = function};
    return sorted_items(places, *count);
}

typedef struct gf_collection {
    const gf_core *core;
    gf_job_hash *hash;
    gf_place *places;
    size_t count;
} gf_collection;

static void collect(gf_node *node, void *context)
{
    gf_collection *into = context;
    gf_job *job = GF_CONTAINER(node, gf_job, by_number);
    uint32_t bucket = into->hash(into->core, job) % into->core->options.buckets;
    into->places[into->count++] = (gf_place){.bucket = bucket, .made = gf_job_number(job), .item = job};
}

gf_job **gf_jobs_in_order(const gf_core *core, gf_job_hash *hash, size_t *count)
{
    gf_collection all = {.core = core, .hash = hash};
    all.places = malloc((core->numbers.count + 1) * sizeof *all.places);
    if (all.places == NULL)
        return NULL;
    gf_table_each(&core->numbers, collect, &all);
    *count = all.count;
    return sorted_items(all.places, all.count);
}
