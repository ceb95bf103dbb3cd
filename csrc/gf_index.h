/* Intrusive hash table for a great many nodes that lie scattered in memory: what it does touches few of them.
 *
 * A bucket is a cache line that holds the nodes' hashes beside the pointers to them, so a node is looked at
 * only if its hash is the one looked for, and growing looks at none. Those that find no place in a full
 * bucket are linked behind it. It grows and shrinks as gf_table does, a bucket at a time. */
#ifndef GF_INDEX_H
#define GF_INDEX_H

#include <stdbool.h>

#include "gf_table.h"

enum { GF_INDEX_PLACES = 4, GF_INDEX_SMALL = 4, GF_INDEX_LARGE = 9 };

typedef struct gf_bucket {
    gf_node *nodes[GF_INDEX_PLACES]; /* from the front */
    uint32_t hashes[GF_INDEX_PLACES];
    gf_node *more; /* only behind a full bucket */
    char pad[GF_CACHE_LINE - (GF_INDEX_PLACES + 1) * sizeof(gf_node *) - GF_INDEX_PLACES * sizeof(uint32_t)];
} gf_bucket;

_Static_assert(sizeof(gf_bucket) == GF_CACHE_LINE, "a bucket is a cache line");

typedef struct gf_index {
    void **segments;       /* each with room for 2^segment_bits buckets and their alignment */
    uint32_t directory;    /* length of `segments` */
    uint32_t buckets;      /* in use */
    uint32_t mask;         /* the least 2^n - 1 that covers every bucket */
    uint32_t segment_bits; /* immutable */
    size_t count;          /* nodes */
} gf_index;

typedef bool gf_index_match(gf_node *node, const void *key);

/* Memory comes in segments of 2^segment_bits buckets: GF_INDEX_SMALL, 1 KiB, where there are many of these;
 * GF_INDEX_LARGE, 32 KiB, where one may hold millions of nodes. */
GF_MUST_CHECK int gf_index_init(gf_index *index, uint32_t segment_bits);

/* The nodes are the caller's and stay untouched. */
void gf_index_free(gf_index *index);

/* Cannot fail: without memory to grow, more nodes are linked behind the buckets. */
void gf_index_insert(gf_index *index, gf_node *node, uint32_t hash);

/* The node must be in the index. */
void gf_index_remove(gf_index *index, gf_node *node);

static inline gf_bucket *gf_index_at(const gf_index *index, uint32_t bucket)
{
    const uintptr_t segment = (uintptr_t)index->segments[bucket >> index->segment_bits];
    gf_bucket *first = (gf_bucket *)((segment + GF_CACHE_LINE - 1) & ~(uintptr_t)(GF_CACHE_LINE - 1));
    return &first[bucket & ((UINT32_C(1) << index->segment_bits) - 1)];
}

static inline gf_bucket *gf_index_bucket(const gf_index *index, uint32_t hash)
{
    return gf_index_at(index, gf_table_place(hash, index->buckets, index->mask));
}

/* A hint that nodes with this hash will soon be looked for, inserted or removed. */
static inline void gf_index_prefetch(const gf_index *index, uint32_t hash)
{
    __builtin_prefetch(gf_index_bucket(index, hash));
}

/* A node with this hash for which match(node, key) holds, or NULL. */
static inline gf_node *gf_index_find(const gf_index *index, uint32_t hash, gf_index_match *match,
                                     const void *key)
{
    const gf_bucket *bucket = gf_index_bucket(index, hash);
    for (unsigned i = 0; i < GF_INDEX_PLACES && bucket->nodes[i]; i++)
        if (bucket->hashes[i] == hash && match(bucket->nodes[i], key))
            return bucket->nodes[i];
    for (gf_node *node = bucket->more; node; node = node->next)
        if (node->hash == hash && match(node, key))
            return node;
    return NULL;
}

#endif
