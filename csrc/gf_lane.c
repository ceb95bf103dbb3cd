/* The spill of a lane: a circular queue beside the ring, touched by the producer only. */
#include "gf_lane.h"

#include <string.h>

enum { SPILL_START = 64 };

int gf_lane_init(gf_lane *lane, uint32_t capacity, uint32_t element_size)
{
    *lane = (gf_lane){0};
    return gf_ring_init(&lane->ring, capacity, element_size);
}

void gf_lane_free(gf_lane *lane)
{
    gf_ring_free(&lane->ring);
    free(lane->spill);
    lane->spill = NULL;
}

static uint8_t *spill_slot(const gf_lane *lane, size_t nth)
{
    const size_t index = (lane->spill_first + nth) & (lane->spill_capacity - 1);
    return lane->spill + index * lane->ring.element_size;
}

/* Doubles the spill and straightens it out, so that the first element lies first. */
static bool spill_grow(gf_lane *lane)
{
    const size_t size = lane->ring.element_size;
    const size_t capacity = lane->spill_capacity ? 2 * lane->spill_capacity : SPILL_START;
    uint8_t *grown = malloc(capacity * size);
    if (!grown)
        return false;
    if (lane->spill) {
        const size_t until_wrap = lane->spill_capacity - lane->spill_first;
        memcpy(grown, spill_slot(lane, 0), until_wrap * size);
        memcpy(grown + until_wrap * size, lane->spill, lane->spill_first * size);
        free(lane->spill);
    }
    lane->spill = grown;
    lane->spill_capacity = capacity;
    lane->spill_first = 0;
    return true;
}

void *gf_lane_push_spill(gf_lane *lane)
{
    if (lane->spill_count == lane->spill_capacity && !spill_grow(lane))
        return NULL;
    return spill_slot(lane, lane->spill_count++);
}

/* One burst must not hold its memory for ever. */
static void spill_drop(gf_lane *lane)
{
    free(lane->spill);
    lane->spill = NULL;
    lane->spill_capacity = lane->spill_first = 0;
}

static void spill_drain(gf_lane *lane)
{
    void *slot;
    while (lane->spill_count && (slot = gf_ring_reserve_spsc(&lane->ring))) {
        memcpy(slot, spill_slot(lane, 0), lane->ring.element_size);
        lane->spill_first = (lane->spill_first + 1) & (lane->spill_capacity - 1);
        lane->spill_count--;
    }
    if (lane->spill_count == 0)
        spill_drop(lane);
}

bool gf_lane_flush(gf_lane *lane)
{
    if (lane->spill_count)
        spill_drain(lane);
    if (!gf_ring_uncommitted_spsc(&lane->ring))
        return false;
    gf_ring_commit_spsc(&lane->ring);
    return true;
}
