/* Scenarios with real threads. Every element carries its number and a check value made from it, so that lost,
 * doubled, reordered and torn elements all show. */

typedef struct element {
    uint64_t number, check;
} element;

static element element_of(uint64_t number)
{
    return (element){.number = number, .check = ~number * UINT64_C(0x9e3779b97f4a7c15)};
}

static uint64_t is_wrong(const element *got, uint64_t number)
{
    const element wanted = element_of(number);
    return got->number != wanted.number || got->check != wanted.check;
}

static void sleep_until_rung(gf_bell *bell)
{
    struct pollfd wait = {.fd = bell->fd, .events = POLLIN};
    poll(&wait, 1, -1);
}

/* --- a ring, with or without a bell --- */

typedef struct ring_run {
    gf_ring ring;
    gf_bell bell;
    uint32_t batch;
    uint64_t count, wrong;
    bool with_bell;
} ring_run;

static void *ring_produce(void *context)
{
    ring_run *run = context;
    for (uint64_t sent = 0; sent < run->count;) {
        const uint64_t before = sent;
        element *slot;
        for (uint32_t i = 0; i < run->batch && sent < run->count; i++) {
            if (!(slot = gf_ring_reserve_spsc(&run->ring)))
                break;
            *slot = element_of(sent++);
        }
        gf_ring_commit_spsc(&run->ring);
        if (run->with_bell)
            gf_bell_ring(&run->bell);
        if (sent == before)
            sched_yield();
    }
    return NULL;
}

static void ring_wait(ring_run *run)
{
    if (!run->with_bell) {
        sched_yield();
        return;
    }
    gf_bell_sleep(&run->bell);
    if (gf_ring_empty_spsc(&run->ring))
        sleep_until_rung(&run->bell);
    gf_bell_awake(&run->bell);
    gf_bell_clear(&run->bell);
}

static void ring_consume(ring_run *run)
{
    for (uint64_t got = 0; got < run->count;) {
        const element *slot;
        while ((slot = gf_ring_peek_spsc(&run->ring)))
            run->wrong += is_wrong(slot, got++);
        gf_ring_release_spsc(&run->ring);
        if (got < run->count)
            ring_wait(run);
    }
}

static uint64_t gf_drive_ring(uint32_t capacity, uint32_t batch, uint64_t count, bool with_bell)
{
    ring_run run = {.batch = batch, .count = count, .with_bell = with_bell};
    if (gf_ring_init(&run.ring, capacity, sizeof(element)) < 0 || gf_bell_init(&run.bell) < 0)
        return 1;
    pthread_t producer;
    pthread_create(&producer, NULL, ring_produce, &run);
    ring_consume(&run);
    pthread_join(producer, NULL);
    gf_bell_close(&run.bell);
    gf_ring_free(&run.ring);
    return run.wrong;
}

/* --- a lane whose producer sleeps when it is stalled --- */

typedef struct lane_run {
    gf_lane lane;
    gf_bell producer, consumer;
    uint32_t burst;
    uint64_t count, wrong;
} lane_run;

static void lane_flush(lane_run *run)
{
    if (gf_lane_flush(&run->lane))
        gf_bell_ring(&run->consumer);
}

static void lane_wait_for_room(lane_run *run)
{
    while (gf_lane_stalled(&run->lane)) {
        gf_bell_sleep(&run->producer);
        gf_lane_block(&run->lane);
        lane_flush(run);
        if (gf_lane_stalled(&run->lane))
            sleep_until_rung(&run->producer);
        gf_bell_awake(&run->producer);
        gf_bell_clear(&run->producer);
        lane_flush(run);
    }
}

static void *lane_produce(void *context)
{
    lane_run *run = context;
    for (uint64_t sent = 0; sent < run->count;) {
        for (uint32_t i = 0; i < run->burst && sent < run->count; i++)
            *(element *)gf_lane_push(&run->lane) = element_of(sent++);
        lane_flush(run);
        lane_wait_for_room(run);
    }
    return NULL;
}

static void lane_consume(lane_run *run)
{
    for (uint64_t got = 0; got < run->count;) {
        const element *slot;
        while ((slot = gf_lane_peek(&run->lane)))
            run->wrong += is_wrong(slot, got++);
        gf_lane_release(&run->lane);
        if (gf_lane_unblock(&run->lane))
            gf_bell_ring(&run->producer);
        gf_bell_sleep(&run->consumer);
        if (got < run->count && gf_lane_empty(&run->lane))
            sleep_until_rung(&run->consumer);
        gf_bell_awake(&run->consumer);
        gf_bell_clear(&run->consumer);
    }
}

static uint64_t gf_drive_lane(uint32_t capacity, uint32_t burst, uint64_t count)
{
    lane_run run = {.burst = burst, .count = count};
    if (gf_lane_init(&run.lane, capacity, sizeof(element)) < 0 || gf_bell_init(&run.producer) < 0 ||
        gf_bell_init(&run.consumer) < 0)
        return 1;
    pthread_t producer;
    pthread_create(&producer, NULL, lane_produce, &run);
    lane_consume(&run);
    pthread_join(producer, NULL);
    gf_bell_close(&run.consumer);
    gf_bell_close(&run.producer);
    gf_lane_free(&run.lane);
    return run.wrong;
}

/* --- blocks made by one thread and dropped by others --- */

typedef struct dropper {
    gf_ring ring;
    gf_pool *pool;
    uint64_t count, wrong;
    uint32_t size;
    bool without_pool; /* drops as a thread that has none */
    gf_block *shared;  /* of the last batch: the maker's reference */
    pthread_t thread;
} dropper;

static bool block_is_wrong(gf_block *block, uint64_t number, uint32_t size)
{
    const uint8_t *data = gf_block_data(block);
    return block->size < size || data[0] != (uint8_t)number || data[size - 1] != (uint8_t)number;
}

/* Also makes a block of its own for each it drops, so that its pool is not only an outbox. */
static void *drop_blocks(void *context)
{
    dropper *self = context;
    for (uint64_t got = 0; got < self->count;) {
        gf_block **slot;
        while ((slot = gf_ring_peek_spsc(&self->ring))) {
            gf_block *own = gf_block_new(self->pool, self->size);
            self->wrong += block_is_wrong(*slot, got++, self->size);
            gf_block_unref(*slot, self->without_pool ? NULL : self->pool);
            gf_block_unref(own, self->pool);
        }
        gf_ring_release_spsc(&self->ring);
        gf_pool_collect(self->pool);
        sched_yield();
    }
    return NULL;
}

enum { SEND_BATCH = 32 };

static void send_block(dropper *to, gf_block *block, bool publish)
{
    gf_block **slot;
    while (!(slot = gf_ring_reserve_spsc(&to->ring))) {
        gf_ring_commit_spsc(&to->ring);
        sched_yield();
    }
    *slot = block;
    if (publish)
        gf_ring_commit_spsc(&to->ring);
}

/* The last block of a batch keeps a second reference until the next batch is sent, so that both threads race
 * to drop the last one. */
static bool make_block(gf_pool *pool, dropper *to, uint64_t number)
{
    const bool publish = number % SEND_BATCH == 0 || number + 1 == to->count;
    gf_block *block = gf_block_new(pool, to->size);
    if (!block)
        return false;
    gf_block_data(block)[0] = gf_block_data(block)[to->size - 1] = (uint8_t)number;
    if (publish)
        gf_block_ref(block);
    send_block(to, block, publish);
    if (publish && to->shared)
        gf_block_unref(to->shared, pool);
    if (publish)
        to->shared = block;
    return true;
}

static uint64_t make_blocks(gf_pool *pool, dropper *droppers, uint32_t many, uint64_t count)
{
    uint64_t wrong = 0;
    for (uint64_t number = 0; number < count; number++)
        for (uint32_t i = 0; i < many; i++)
            wrong += !make_block(pool, &droppers[i], number);
    for (uint32_t i = 0; i < many; i++)
        gf_block_unref(droppers[i].shared, pool);
    return wrong;
}

static uint64_t blocks_left(gf_pool *pool)
{
    gf_pool_stats_out stats;
    gf_pool_collect(pool);
    gf_pool_stats(pool, &stats);
    gf_pool_free(pool);
    return stats.live_blocks;
}

enum { MOST_DROPPERS = 8 };

static uint64_t gf_drive_blocks(uint32_t many, uint32_t size, uint64_t count)
{
    dropper droppers[MOST_DROPPERS] = {0};
    gf_pool *pool = gf_pool_new();
    uint64_t wrong = 0;
    if (many > MOST_DROPPERS || !pool)
        return 1;
    gf_pool_keep_large(pool, 4 * (uint64_t)size);
    for (uint32_t i = 0; i < many; i++) {
        dropper *self = &droppers[i];
        *self = (dropper){.pool = gf_pool_new(), .count = count, .size = size, .without_pool = i % 2};
        wrong += gf_ring_init(&self->ring, 1024, sizeof(gf_block *)) < 0;
        pthread_create(&self->thread, NULL, drop_blocks, self);
    }
    wrong += make_blocks(pool, droppers, many, count);
    for (uint32_t i = 0; i < many; i++) {
        pthread_join(droppers[i].thread, NULL);
        wrong += droppers[i].wrong + blocks_left(droppers[i].pool);
        gf_ring_free(&droppers[i].ring);
    }
    return wrong + blocks_left(pool);
}
