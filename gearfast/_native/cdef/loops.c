/* Hot loops in one thread. */

static uint64_t gf_drive_ring_loop(uint32_t batch, uint64_t count)
{
    gf_ring ring;
    uint64_t wrong = 0, sent = 0, got = 0;
    if (gf_ring_init(&ring, 1024, 64) < 0)
        return 1;
    while (got < count) {
        uint64_t *slot;
        for (uint32_t i = 0; i < batch && (slot = gf_ring_reserve_spsc(&ring)); i++)
            *slot = sent++;
        gf_ring_commit_spsc(&ring);
        while ((slot = gf_ring_peek_spsc(&ring)))
            wrong += *slot != got++;
        gf_ring_release_spsc(&ring);
    }
    gf_ring_free(&ring);
    return wrong;
}

/* Keeps `held` blocks and replaces the oldest `count` times, as a queue does. */
static uint64_t gf_drive_block_loop(uint32_t size, uint32_t held, uint64_t count)
{
    gf_pool *pool = gf_pool_new();
    gf_block **blocks = calloc(held, sizeof *blocks);
    uint64_t wrong = 0;
    for (uint64_t i = 0; i < count + held; i++) {
        gf_block **place = &blocks[i % held];
        if (*place)
            gf_block_unref(*place, pool);
        *place = i < count ? gf_block_new(pool, size) : NULL;
        wrong += i < count && (!*place || (*place)->size < size);
    }
    gf_pool_stats_out stats;
    gf_pool_stats(pool, &stats);
    free(blocks);
    gf_pool_free(pool);
    return wrong + stats.live_blocks;
}

/* Inserts, finds and removes nodes whose hashes are 0, stride, 2 * stride ... */
static uint64_t gf_drive_table_loop(uint32_t nodes, uint32_t stride)
{
    gf_table table;
    gf_node *all = calloc(nodes, sizeof *all);
    uint64_t wrong = 0;
    if (!all || gf_table_init(&table) < 0)
        return 1;
    for (uint32_t i = 0; i < nodes; i++)
        gf_table_insert(&table, &all[i], i * stride);
    for (uint32_t i = 0; i < nodes; i++)
        wrong += gf_table_first(&table, i * stride) != &all[i];
    for (uint32_t i = 0; i < nodes; i++)
        gf_table_remove(&table, &all[i]);
    wrong += table.count + (table.buckets > 16);
    gf_table_free(&table);
    free(all);
    return wrong;
}

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

static bool in_table(const gf_table *table, const gf_node *wanted, uint32_t hash)
{
    const gf_node *node = gf_table_first(table, hash);
    while (node && node != wanted)
        node = gf_table_next(node);
    return node != NULL;
}

/* Puts random nodes in and takes them out; hashes collide on purpose, two nodes to each. */
static uint64_t gf_drive_table_churn(uint32_t nodes, uint64_t steps, uint64_t seed)
{
    gf_table table;
    gf_node *all = calloc(nodes, sizeof *all);
    bool *inside = calloc(nodes, sizeof *inside);
    uint64_t wrong = 0, count = 0;
    if (!all || !inside || gf_table_init(&table) < 0)
        return 1;
    for (uint64_t step = 0; step < steps; step++) {
        const bool filling = step / nodes % 4 < 2; /* full, then empty again, in turn */
        const uint32_t i = (uint32_t)(next_random(&seed) % nodes), hash = i / 2 * 2654435769u;
        wrong += in_table(&table, &all[i], hash) != inside[i];
        if (inside[i] && !filling)
            gf_table_remove(&table, &all[i]), count--, inside[i] = false;
        else if (!inside[i] && filling)
            gf_table_insert(&table, &all[i], hash), count++, inside[i] = true;
        wrong += table.count != count;
    }
    gf_table_free(&table);
    free(inside);
    free(all);
    return wrong;
}

/* Arms and cancels one timer `count` times while `armed` others wait. */
static uint64_t gf_drive_timer_loop(uint32_t armed, uint64_t count)
{
    gf_timers timers;
    gf_timer *all = calloc((size_t)armed + 1, sizeof *all);
    uint64_t wrong = 0, seed = 1;
    gf_timers_init(&timers);
    for (uint32_t i = 0; i < armed; i++)
        wrong += gf_timers_arm(&timers, &all[i], next_random(&seed)) < 0;
    for (uint64_t i = 0; i < count; i++) {
        wrong += gf_timers_arm(&timers, &all[armed], next_random(&seed)) < 0;
        gf_timers_cancel(&timers, &all[armed]);
    }
    for (uint64_t last = 0; timers.count;) {
        const gf_timer *first = gf_timers_pop(&timers, UINT64_MAX);
        wrong += first->due < last;
        last = first->due;
    }
    gf_timers_free(&timers);
    free(all);
    return wrong;
}
