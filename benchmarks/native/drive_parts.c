/* Blocks, rings, lanes, tables and timers, each alone. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "drive.h"
#include "gf_block.h"
#include "gf_event.h"
#include "gf_lane.h"
#include "gf_ring.h"
#include "gf_table.h"
#include "gf_timer.h"

enum { RING_CAPACITY = 1024, HELD_MOST = 4096 };

typedef struct entry {
    gf_node node;
    gf_timer timer;
} entry;

struct bench_parts {
    gf_pool *pool;
    gf_ring ring;
    gf_lane lane;
    gf_table table;
    gf_timers timers;
    entry *entries;
    uint32_t count;
    gf_block *held[HELD_MOST];
};

bench_parts *bench_parts_new(uint32_t entries)
{
    bench_parts *parts = calloc(1, sizeof *parts);
    if (parts == NULL)
        return NULL;
    parts->pool = gf_pool_new();
    parts->entries = calloc(entries + 1, sizeof *parts->entries);
    parts->count = entries;
    gf_timers_init(&parts->timers);
    const bool made = gf_ring_init(&parts->ring, RING_CAPACITY, sizeof(gf_event)) == GF_OK &&
                      gf_lane_init(&parts->lane, RING_CAPACITY, sizeof(gf_event)) == GF_OK &&
                      gf_table_init(&parts->table) == GF_OK;
    if (made && parts->pool != NULL && parts->entries != NULL)
        return parts;
    bench_parts_free(parts);
    return NULL;
}

void bench_parts_free(bench_parts *parts)
{
    if (parts->pool != NULL)
        gf_pool_free(parts->pool);
    gf_ring_free(&parts->ring);
    gf_lane_free(&parts->lane);
    gf_table_free(&parts->table);
    gf_timers_free(&parts->timers);
    free(parts->entries);
    free(parts);
}

uint64_t bench_blocks(bench_parts *parts, uint32_t size, uint32_t held, uint64_t count)
{
    uint64_t wrong = held > HELD_MOST;
    for (uint64_t i = 0; i < count + held && !wrong; i++) {
        gf_block **place = &parts->held[i % held];
        if (*place != NULL)
            gf_block_unref(*place, parts->pool);
        *place = i < count ? gf_block_new(parts->pool, size) : NULL;
        wrong += i < count && *place == NULL;
    }
    return wrong;
}

uint64_t bench_ring(bench_parts *parts, uint32_t batch, uint64_t count)
{
    uint64_t sent = 0, got = 0, wrong = 0;
    while (got < count && !wrong) {
        for (uint32_t i = 0; i < batch; i++) {
            gf_event *slot = gf_ring_reserve_spsc(&parts->ring);
            *slot = (gf_event){.size = (uint32_t)sent++};
        }
        gf_ring_commit_spsc(&parts->ring);
        for (const gf_event *slot; (slot = gf_ring_peek_spsc(&parts->ring)) != NULL;)
            wrong += slot->size != (uint32_t)got++;
        gf_ring_release_spsc(&parts->ring);
    }
    return wrong;
}

uint64_t bench_lane(bench_parts *parts, uint32_t batch, uint64_t count)
{
    uint64_t sent = 0, got = 0, wrong = 0;
    while (got < count && !wrong) {
        for (uint32_t i = 0; i < batch; i++) {
            gf_event *slot = gf_lane_push(&parts->lane);
            *slot = (gf_event){.size = (uint32_t)sent++};
        }
        wrong += !gf_lane_flush(&parts->lane);
        for (const gf_event *slot; (slot = gf_lane_peek(&parts->lane)) != NULL;)
            wrong += slot->size != (uint32_t)got++;
        gf_lane_release(&parts->lane);
        wrong += gf_lane_unblock(&parts->lane);
    }
    return wrong;
}

static uint32_t hash_of(uint32_t number, bool scattered)
{
    return scattered ? number * UINT32_C(2654435769) : number;
}

uint64_t bench_table_insert(bench_parts *parts, bool scattered)
{
    for (uint32_t i = 0; i < parts->count; i++)
        gf_table_insert(&parts->table, &parts->entries[i].node, hash_of(i, scattered));
    return parts->table.count != parts->count;
}

uint64_t bench_table_find(bench_parts *parts, bool scattered)
{
    uint64_t wrong = 0;
    for (uint32_t i = 0; i < parts->count; i++)
        wrong += gf_table_first(&parts->table, hash_of(i, scattered)) != &parts->entries[i].node;
    return wrong;
}

uint64_t bench_table_remove(bench_parts *parts, bool scattered)
{
    (void)scattered;
    for (uint32_t i = 0; i < parts->count; i++)
        gf_table_remove(&parts->table, &parts->entries[i].node);
    return parts->table.count;
}

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

void bench_timers_fill(bench_parts *parts)
{
    uint64_t seed = 1;
    for (uint32_t i = 0; i < parts->count; i++)
        if (gf_timers_arm(&parts->timers, &parts->entries[i].timer, next_random(&seed)) != GF_OK)
            abort();
}

uint64_t bench_timers(bench_parts *parts, uint64_t count)
{
    uint64_t seed = 2, wrong = 0;
    gf_timer *timer = &parts->entries[parts->count].timer;
    for (uint64_t i = 0; i < count; i++) {
        wrong += gf_timers_arm(&parts->timers, timer, next_random(&seed)) != GF_OK;
        gf_timers_cancel(&parts->timers, timer);
    }
    return wrong;
}
