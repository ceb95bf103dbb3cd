/* Linear hashing, as in gf_table.c. With twice as many nodes as buckets, one bucket in ten is overfull. */
#include "gf_index.h"

#include <assert.h>
#include <stdlib.h>

enum { LOAD = 2, LEAST_BUCKETS = 16, LEAST_DIRECTORY = 16 };
#define MOST_BUCKETS (UINT32_C(1) << 31)

static bool directory_reach(gf_index *index, uint32_t segment)
{
    if (segment < index->directory)
        return true;
    const uint32_t length = index->directory ? 2 * index->directory : LEAST_DIRECTORY;
    void **segments = realloc(index->segments, length * sizeof *segments);
    if (!segments)
        return false;
    index->segments = segments;
    index->directory = length;
    return true;
}

static bool segment_add(gf_index *index, uint32_t segment)
{
    if (!directory_reach(index, segment))
        return false;
    index->segments[segment] = malloc((((size_t)1 << index->segment_bits) + 1) * sizeof(gf_bucket));
    return index->segments[segment] != NULL;
}

static bool starts_segment(const gf_index *index, uint32_t bucket)
{
    return (bucket & ((UINT32_C(1) << index->segment_bits) - 1)) == 0;
}

int gf_index_init(gf_index *index, uint32_t segment_bits)
{
    assert(1U << segment_bits >= LEAST_BUCKETS);
    *index = (gf_index){.buckets = LEAST_BUCKETS, .mask = LEAST_BUCKETS - 1, .segment_bits = segment_bits};
    if (!segment_add(index, 0)) {
        free(index->segments);
        index->segments = NULL;
        return GF_NOMEM;
    }
    for (uint32_t i = 0; i < LEAST_BUCKETS; i++)
        *gf_index_at(index, i) = (gf_bucket){0};
    return GF_OK;
}

void gf_index_free(gf_index *index)
{
    if (!index->segments)
        return;
    const uint32_t segments = ((index->buckets - 1) >> index->segment_bits) + 1;
    for (uint32_t i = 0; i < segments; i++)
        free(index->segments[i]);
    free(index->segments);
    *index = (gf_index){0};
}

static void put(gf_bucket *bucket, gf_node *node, uint32_t hash)
{
    for (unsigned i = 0; i < GF_INDEX_PLACES; i++)
        if (!bucket->nodes[i]) {
            bucket->nodes[i] = node;
            bucket->hashes[i] = hash;
            return;
        }
    node->next = bucket->more;
    bucket->more = node;
}

/* Puts each node of `from`, a copy, into the bucket that now has its hash. */
static void deal(gf_index *index, const gf_bucket *from)
{
    for (unsigned i = 0; i < GF_INDEX_PLACES && from->nodes[i]; i++)
        put(gf_index_bucket(index, from->hashes[i]), from->nodes[i], from->hashes[i]);
    gf_node *next;
    for (gf_node *node = from->more; node; node = next) {
        next = node->next;
        put(gf_index_bucket(index, node->hash), node, node->hash);
    }
}

static void grow(gf_index *index)
{
    const uint32_t fresh = index->buckets;
    if (fresh == MOST_BUCKETS)
        return;
    if (starts_segment(index, fresh) && !segment_add(index, fresh >> index->segment_bits))
        return;
    if (fresh > index->mask)
        index->mask = 2 * index->mask + 1;
    gf_bucket *split = gf_index_at(index, fresh & index->mask >> 1);
    const gf_bucket all = *split;
    *split = *gf_index_at(index, fresh) = (gf_bucket){0};
    index->buckets++;
    deal(index, &all);
}

static void shrink(gf_index *index)
{
    const uint32_t last = --index->buckets;
    if (last == (index->mask >> 1) + 1)
        index->mask >>= 1;
    deal(index, gf_index_at(index, last));
    if (starts_segment(index, last))
        free(index->segments[last >> index->segment_bits]);
}

void gf_index_insert(gf_index *index, gf_node *node, uint32_t hash)
{
    if (++index->count > (size_t)index->buckets * LOAD)
        grow(index);
    node->hash = hash;
    put(gf_index_bucket(index, hash), node, hash);
}

static void unlink_more(gf_bucket *bucket, const gf_node *node)
{
    gf_node **at = &bucket->more;
    while (*at != node) {
        assert(*at);
        at = &(*at)->next;
    }
    *at = node->next;
}

/* The place is taken by a node from behind the bucket, or else by the bucket's last. */
static void close_gap(gf_bucket *bucket, unsigned place)
{
    gf_node *node = bucket->more;
    if (node) {
        bucket->nodes[place] = node;
        bucket->hashes[place] = node->hash;
        bucket->more = node->next;
        return;
    }
    unsigned last = GF_INDEX_PLACES - 1;
    while (!bucket->nodes[last])
        last--;
    bucket->nodes[place] = bucket->nodes[last];
    bucket->hashes[place] = bucket->hashes[last];
    bucket->nodes[last] = NULL;
}

static void take_out(gf_bucket *bucket, const gf_node *node)
{
    for (unsigned i = 0; i < GF_INDEX_PLACES; i++)
        if (bucket->nodes[i] == node) {
            close_gap(bucket, i);
            return;
        }
    unlink_more(bucket, node);
}

/* At half load a bucket goes with each node: then the buckets keep pace. */
void gf_index_remove(gf_index *index, gf_node *node)
{
    take_out(gf_index_bucket(index, node->hash), node);
    index->count--;
    if (index->buckets > LEAST_BUCKETS && index->count < (size_t)index->buckets * LOAD / 2)
        shrink(index);
}
