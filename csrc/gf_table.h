/* Intrusive hash table that grows and shrinks one bucket at a time (linear hashing): no pause to rehash and
 * never two tables at once, however many entries there are.
 *
 * Buckets lie in segments of fixed size that are allocated as the table grows. The bucket is taken from the
 * low bits of the hash as it is, so consecutive numbers used as their own hash lie side by side. Keys are the
 * caller's: it walks the nodes with the right hash (gf_table_first, gf_table_next) and compares. */
#ifndef GF_TABLE_H
#define GF_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "gf_rc.h"

enum { GF_TABLE_SEGMENT_BITS = 12, GF_TABLE_SEGMENT = 1 << GF_TABLE_SEGMENT_BITS };

typedef struct gf_node {
    struct gf_node *next;
    uint32_t hash;
} gf_node;

typedef struct gf_table {
    gf_node ***segments; /* each of GF_TABLE_SEGMENT buckets */
    uint32_t directory;  /* length of `segments` */
    uint32_t buckets;    /* in use */
    uint32_t mask;       /* the least 2^n - 1 that covers every bucket */
    size_t count;        /* nodes */
} gf_table;

GF_MUST_CHECK int gf_table_init(gf_table *table);

/* The nodes are the caller's and stay untouched. */
void gf_table_free(gf_table *table);

/* Cannot fail: without memory to grow the chains get longer. */
void gf_table_insert(gf_table *table, gf_node *node, uint32_t hash);

/* The node must be in the table. */
void gf_table_remove(gf_table *table, gf_node *node);

/* Calls visit(node, context) for each node, in no order; visit must not change the table, but may free
 * the node if the table is freed next. */
void gf_table_each(const gf_table *table, void (*visit)(gf_node *, void *), void *context);

/* The same for the nodes whose hash, taken modulo `classes`, is `residue`; `classes` is a power of two. */
void gf_table_each_of(const gf_table *table, uint32_t residue, uint32_t classes,
                      void (*visit)(gf_node *, void *), void *context);

/* The bucket for a hash; one that was not split yet has its nodes still in the lower half. */
static inline uint32_t gf_table_place(uint32_t hash, uint32_t buckets, uint32_t mask)
{
    const uint32_t place = hash & mask;
    return place < buckets ? place : place & mask >> 1;
}

static inline gf_node **gf_table_bucket(const gf_table *table, uint32_t hash)
{
    const uint32_t index = gf_table_place(hash, table->buckets, table->mask);
    return &table->segments[index >> GF_TABLE_SEGMENT_BITS][index & (GF_TABLE_SEGMENT - 1)];
}

static inline gf_node *gf_table_skip(gf_node *node, uint32_t hash)
{
    while (node && node->hash != hash)
        node = node->next;
    return node;
}

/* The first node with exactly this hash, or NULL. */
static inline gf_node *gf_table_first(const gf_table *table, uint32_t hash)
{
    return gf_table_skip(*gf_table_bucket(table, hash), hash);
}

/* The next node with the same hash, or NULL. */
static inline gf_node *gf_table_next(const gf_node *node)
{
    return gf_table_skip(node->next, node->hash);
}

#endif
