#include "world.h"

#include "check.h"
#include "invariants.h"

static const gf_seed seed = {.k0 = 0x0706050403020100, .k1 = 0x0f0e0d0c0b0a0908};

void world_start(world *all, gf_core_options options, kept *store)
{
    options.handle_prefix = "H";
    options.version = "1.2.3";
    options.seed = seed;
    all->maker = (event_maker){.pool = gf_pool_new(), .seed = seed};
    all->core = gf_core_new(&options);
    CHECK(all->maker.pool != NULL && all->core != NULL);
    all->monotonic = 0;
    all->wall = WALL_START;
    all->on_text = NULL;
    all->store = store;
    all->recorder = NULL;
    ledger_start(&all->book, options.handle_prefix);
    all->book.has_leases = options.job_lease != 0;
    world_wait(all, 0, 0);
}

/* As an I/O thread does: look at the effect, then let go of its block. */
static void take_effect(world *all, gf_effect *effect)
{
    if (effect->kind == GF_EFFECT_RECORD)
        gf_recorder_obey(all->recorder, all->core, effect);
    if (all->store != NULL)
        kept_effect(all->store, &all->book, effect);
    else
        ledger_effect(&all->book, effect);
    if (effect->kind == GF_EFFECT_TEXT && all->on_text != NULL)
        all->on_text(all->context, gf_block_data(effect->block) + effect->at, effect->length);
    if (effect->block != NULL)
        gf_block_unref(effect->block, all->maker.pool);
}

static bool is_recorded(const world *all)
{
    return all->recorder != NULL && gf_recorder_is_on(all->recorder);
}

static void settle(world *all)
{
    size_t count;
    gf_core_counts counts;
    gf_effect *effects = gf_core_effects(all->core, &count);
    for (size_t i = 0; i < count; i++)
        take_effect(all, &effects[i]);
    gf_core_clear(all->core);
    if (all->store != NULL)
        kept_take_records(all->store, all->core, all->maker.pool);
    if (is_recorded(all))
        gf_recorder_publish(all->recorder);
    gf_pool_collect(all->maker.pool);
    gf_pool_collect(gf_core_pool(all->core));
    gf_core_count(all->core, &counts);
    if (all->store == NULL)
        ledger_settle(&all->book, &counts);
    check_invariants(all->core);
}

void world_event(world *all, gf_event event)
{
    ledger_event(&all->book, &event);
    if (all->store != NULL && event.kind == GF_EVENT_GONE)
        all->store->is_leaving[event.peer.slot] = true;
    gf_core_prefetch(all->core, &event);
    gf_core_event(all->core, &event);
    settle(all);
}

void world_connect(world *all, uint32_t slot)
{
    world_event(all, make_connect(&all->maker, ledger_peer(&all->book, slot)));
}

void world_packet(world *all, uint32_t slot, uint8_t type, const void *body, size_t size)
{
    const gf_peer_id peer = ledger_peer(&all->book, slot);
    world_event(all, make_packet(&all->maker, peer, type, body, (uint32_t)size));
}

void world_line(world *all, uint32_t slot, const uint8_t *line, size_t size)
{
    world_event(all, make_line(&all->maker, ledger_peer(&all->book, slot), line, (uint32_t)size));
}

void world_store_event(world *all, gf_store_event event)
{
    all->book.cause = (gf_event){.kind = GF_EVENT_FAULT};
    gf_core_store_event(all->core, &event);
    settle(all);
}

bool world_has_left(const world *all, uint32_t slot)
{
    return all->store == NULL || !all->store->is_leaving[slot];
}

void world_wait(world *all, uint32_t monotonic, int64_t wall)
{
    all->monotonic += monotonic;
    all->wall += wall;
    if (is_recorded(all))
        all->recorder->now += UINT64_C(1000) * monotonic;
    ledger_time(&all->book);
    gf_core_time(all->core, all->monotonic, all->wall);
    CHECK(gf_core_patience(all->core) > 0); /* else the processing thread would spin */
    settle(all);
}

void world_end(world *all)
{
    gf_pool_stats_out stats;
    gf_core_free(all->core);
    gf_pool_collect(all->maker.pool);
    gf_pool_stats(all->maker.pool, &stats);
    CHECK(stats.live_blocks == 0);
    gf_pool_free(all->maker.pool);
}
