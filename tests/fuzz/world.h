/* A core with its clocks, and everything that watches it. */
#ifndef FUZZ_WORLD_H
#define FUZZ_WORLD_H

#include "events.h"
#include "kept.h"
#include "ledger.h"

typedef struct world {
    gf_core *core;
    event_maker maker;
    ledger book;
    uint64_t monotonic; /* ms */
    int64_t wall;       /* ms */
    /* Called with each text effect, if set. */
    void (*on_text)(void *context, const uint8_t *text, uint32_t size);
    void *context;
    kept *store;           /* NULL: none; then `book` judges the effects */
    gf_recorder *recorder; /* NULL: none; to be set once the world has started */
} world;

enum { WALL_START = 1000 * 1000 };

/* Whether the slot may be connected again. */
bool world_has_left(const world *all, uint32_t slot);

/* `options` needs neither strings nor a seed. */
void world_start(world *all, gf_core_options options, kept *store);

/* Gives the core the event, then looks at every effect and at the whole core. */
void world_event(world *all, gf_event event);

void world_connect(world *all, uint32_t slot);
void world_packet(world *all, uint32_t slot, uint8_t type, const void *body, size_t size);
void world_line(world *all, uint32_t slot, const uint8_t *line, size_t size);

/* Moves both clocks. */
void world_wait(world *all, uint32_t monotonic, int64_t wall);

/* What the store says; see kept.h. */
void world_store_event(world *all, gf_store_event event);

/* Frees all; every block must be back. */
void world_end(world *all);

#endif
