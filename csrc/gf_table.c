/* Linear hashing. Buckets 0..buckets-1 are in use. With the least 2^n above them as the full round, a bucket
 * is split into itself and the one half a round further; until that is in use, both share the lower one. */
#include "gf_table.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

enum { LEAST_BUCKETS = 16, LEAST_DIRECTORY = 16 };
#define MOST_BUCKETS (UINT32_C(1) << 31)

static bool directory_reach(gf_table *table, uint32_t segment)
{
    if (segment < table->directory)
        return true;
    const uint32_t length = table->directory ? 2 * table->directory : LEAST_DIRECTORY;
    gf_node ***segments = realloc(table->segments, length * sizeof *segments);
    if (!segments)
        return false;
    table->segments = segments;
    table->directory = length;
    return true;
}

static bool segment_add(gf_table *table, uint32_t segment)
{
    if (!directory_reach(table, segment))
        return false;
    table->segments[segment] = calloc(GF_TABLE_SEGMENT, sizeof(gf_node *));
    return table->segments[segment] != NULL;
}

static gf_node **bucket_at(const gf_table *table, uint32_t index)
{
    return &table->segments[index >> GF_TABLE_SEGMENT_BITS][index & (GF_TABLE_SEGMENT - 1)];
}

static bool starts_segment(uint32_t bucket)
{
    return (bucket & (GF_TABLE_SEGMENT - 1)) == 0;
}

int gf_table_init(gf_table *table)
{
    *table = (gf_table){.buckets = LEAST_BUCKETS, .mask = LEAST_BUCKETS - 1};
    if (segment_add(table, 0))
        return GF_OK;
    free(table->segments);
    table->segments = NULL;
    return GF_NOMEM;
}

void gf_table_free(gf_table *table)
{
    if (!table->segments)
        return;
    const uint32_t segments = ((table->buckets - 1) >> GF_TABLE_SEGMENT_BITS) + 1;
    for (uint32_t i = 0; i < segments; i++)
        free(table->segments[i]);
    free(table->segments);
    *table = (gf_table){0};
}

/* Moves the nodes of `from` that belong into the bucket `index` there. */
static void split(gf_node **from, gf_node **into, uint32_t index, uint32_t mask)
{
    for (gf_node *node = *from; node; node = node->next) {
        gf_node ***tail = (node->hash & mask) == index ? &into : &from;
        **tail = node;
        *tail = &node->next;
    }
    *from = *into = NULL;
}

static void grow(gf_table *table)
{
    const uint32_t fresh = table->buckets;
    if (fresh == MOST_BUCKETS)
        return;
    if (starts_segment(fresh) && !segment_add(table, fresh >> GF_TABLE_SEGMENT_BITS))
        return;
    if (fresh > table->mask)
        table->mask = 2 * table->mask + 1;
    split(bucket_at(table, fresh & table->mask >> 1), bucket_at(table, fresh), fresh, table->mask);
    table->buckets++;
}

static void prepend(gf_node **to, gf_node *chain)
{
    gf_node **tail = &chain;
    while (*tail)
        tail = &(*tail)->next;
    *tail = *to;
    *to = chain;
}

static void shrink(gf_table *table)
{
    const uint32_t last = --table->buckets;
    gf_node **bucket = bucket_at(table, last);
    prepend(bucket_at(table, last & table->mask >> 1), *bucket);
    *bucket = NULL;
    if (starts_segment(last))
        free(table->segments[last >> GF_TABLE_SEGMENT_BITS]);
    if (last == (table->mask >> 1) + 1)
        table->mask >>= 1;
}

void gf_table_insert(gf_table *table, gf_node *node, uint32_t hash)
{
    if (++table->count > table->buckets)
        grow(table);
    gf_node **bucket = gf_table_bucket(table, hash);
    node->hash = hash;
    node->next = *bucket;
    *bucket = node;
}

void gf_table_remove(gf_table *table, gf_node *node)
{
    gf_node **at = gf_table_bucket(table, node->hash);
    while (*at != node) {
        assert(*at);
        at = &(*at)->next;
    }
    *at = node->next;
    table->count--;
    /* At half load, two buckets go for each node: then the buckets keep pace with the nodes. */
    for (int i = 0; i < 2 && table->buckets > LEAST_BUCKETS && table->count < table->buckets / 2; i++)
        shrink(table);
}

void gf_table_each(const gf_table *table, void (*visit)(gf_node *, void *), void *context)
{
    for (uint32_t i = 0; i < table->buckets; i++)
        for (gf_node *node = *bucket_at(table, i), *next; node; node = next) {
            next = node->next;
            visit(node, context);
        }
}

/* Where the table has fewer buckets than there are classes, one bucket has nodes of several. */
void gf_table_each_of(const gf_table *table, uint32_t residue, uint32_t classes,
                      void (*visit)(gf_node *, void *), void *context)
{
    uint64_t bucket = gf_table_place(residue, table->buckets, table->mask);
    for (; bucket < table->buckets; bucket += classes) {
        gf_node *node = *bucket_at(table, (uint32_t)bucket);
        for (; node; node = node->next)
            if ((node->hash & (classes - 1)) == residue)
                visit(node, context);
    }
}
