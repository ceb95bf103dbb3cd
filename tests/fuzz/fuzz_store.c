/* A core with a store: rows from before, records, commits, failures, between peers that say anything at all.
 *
 * The input is two bytes of options, one for the store, then steps. One whose top bit is set is the store's,
 * and its low bits say which: each below. */
#include <string.h>

#include "check.h"
#include "gf_event.h"
#include "steps.h"

enum { COMMIT, FAIL, RECOVER, ROW, READ, STORE_STEPS };

/* COMMIT: how many records, at most. A store that fails commits nothing. */
static void step_commit(world *all, input *in)
{
    const uint32_t most = 1U + take_byte(in);
    if (!all->store->failing && all->store->committed < all->store->taken)
        world_store_event(all, kept_commit(all->store, most));
}

static void step_fail(world *all)
{
    static const char trouble[] = "QUEUE_ERROR\0The store fails: on purpose";
    gf_block *text = gf_block_new(all->maker.pool, sizeof trouble);
    CHECK(text != NULL);
    memcpy(gf_block_data(text), trouble, sizeof trouble);
    all->store->failing = true;
    world_store_event(
        all, (gf_store_event){.kind = GF_STORE_FAILED, .block = text, .data_size = sizeof trouble - 1});
}

/* What failed is committed, then the store says that it works. */
static void step_recover(world *all)
{
    if (!all->store->failing)
        return;
    world_store_event(all, kept_commit(all->store, UINT32_MAX));
    all->store->failing = false;
    world_store_event(all, (gf_store_event){.kind = GF_STORE_RECOVERED});
}

typedef struct text {
    uint8_t bytes[600];
    uint32_t size;
} text;

static void add(text *to, const void *bytes, size_t size)
{
    CHECK(size <= sizeof to->bytes - to->size);
    memcpy(to->bytes + to->size, bytes, size);
    to->size += (uint32_t)size;
}

typedef struct key {
    const char *bytes;
    uint8_t size;
    const char *unique;
    bool differs;
} key;

/* As Journal.restore finds the unique of a key: gearmand cuts, the server makes keys for empty ones and "-".
 */
static const key keys[] = {{"u", 1, "u", false},
                           {"v", 1, "v", false},
                           {"u\0x", 3, "u", true},
                           {"", 0, "", true},
                           {"-", 1, "-", true},
                           {"gearfast:0123456789abcdef:01234567", 34, "", true},
                           {"gearfast:-:0123456789abcdef:01234567", 36, "-", true},
                           {"w", 1, "w", false}};

/* ROW: function and key, when and priority and reducer, data. There is no second row with its key. */
static void step_row(world *all, input *in)
{
    static const char *const functions[] = {"a", "b", "c", "A"};
    static const int64_t times[] = {0, 1, 1010, INT64_MAX};
    const uint8_t names = take_byte(in), how = take_byte(in);
    const key *name = &keys[names >> 2 & 7];
    const char *function = functions[names & 3];
    size_t size = 0;
    const uint8_t *data = text_in(in, &size);
    text body = {.size = 0};
    if (!all->store->reading || all->store->failing ||
        !kept_add(all->store,
                  kept_row_of((const uint8_t *)function, 1, (const uint8_t *)name->bytes, name->size, 0)))
        return;
    add(&body, function, 2);
    add(&body, name->unique, strlen(name->unique) + 1);
    if (how & 16)
        add(&body, "r", 2);
    gf_store_event event = {.kind = GF_STORE_JOB,
                            .when = times[how & 3],
                            .priority = (how >> 2 & 3) % 3,
                            .function_size = 1,
                            .unique_size = (uint8_t)strlen(name->unique),
                            .reducer_size = how & 16 ? 1 : 0,
                            .data_at = body.size,
                            .data_size = (uint32_t)size,
                            .has_key = name->differs};
    add(&body, data, size);
    if (name->differs) {
        add(&body, &name->size, 1);
        add(&body, name->bytes, name->size);
    }
    event.block = gf_block_new(all->maker.pool, GF_JOB_ROOM + body.size);
    CHECK(event.block != NULL);
    memcpy(gf_block_data(event.block) + GF_JOB_ROOM, body.bytes, body.size);
    world_store_event(all, event);
}

static void step_read(world *all)
{
    if (!all->store->reading || all->store->failing)
        return;
    all->store->reading = false;
    world_store_event(all, (gf_store_event){.kind = GF_STORE_READ});
}

static void store_step(world *all, input *in, uint8_t byte)
{
    switch ((byte & 0x7f) % STORE_STEPS) {
    case COMMIT:
        step_commit(all, in);
        return;
    case FAIL:
        step_fail(all);
        return;
    case RECOVER:
        step_recover(all);
        return;
    case ROW:
        step_row(all, in);
        return;
    case READ:
        step_read(all);
        return;
    }
}

/* Whatever happened: the store works in the end and catches up. */
static void catch_up(world *all)
{
    step_recover(all);
    step_read(all);
    while (all->store->committed < all->store->taken)
        world_store_event(all, kept_commit(all->store, UINT32_MAX));
    kept_end(all->store, all->core);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static kept store;
    input in = {.at = data, .left = size};
    world all;
    gf_core_options options = options_in(&in);
    const uint8_t how = take_byte(&in);
    options.durability = how & 1 ? GF_DURABILITY_ASYNC : GF_DURABILITY_SYNC;
    options.reading = (how & 2) != 0;
    store = (kept){.durability = (gf_durability)options.durability, .reading = options.reading};
    world_start(&all, options, &store);
    play_steps(&all, &in, store_step);
    catch_up(&all);
    world_end(&all);
    return 0;
}
