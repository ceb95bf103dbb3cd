#include "kept.h"

#include <string.h>

#include "check.h"
#include "gf_bytes.h"
#include "gf_parts.h"

/* --- rows --- */

static uint64_t mix(uint64_t hash, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
    return (hash ^ size) * UINT64_C(0x100000001b3);
}

kept_row kept_row_of(const uint8_t *function, size_t function_size, const uint8_t *key, size_t key_size,
                     uint32_t number)
{
    const uint64_t row = mix(mix(UINT64_C(0xcbf29ce484222325), function, function_size), key, key_size);
    return mix(row, &number, sizeof number);
}

static uint32_t place_of(const kept *store, kept_row row)
{
    uint32_t place = 0;
    while (place < store->row_count && store->rows[place] != row)
        place++;
    return place;
}

bool kept_add(kept *store, kept_row row)
{
    if (place_of(store, row) < store->row_count)
        return false;
    CHECK(store->row_count < ROWS_MOST);
    store->rows[store->row_count++] = row;
    return true;
}

static void drop(kept *store, kept_row row)
{
    const uint32_t place = place_of(store, row);
    if (place < store->row_count)
        store->rows[place] = store->rows[--store->row_count];
}

/* --- records --- */

/* A row of gearmand's may have an empty key; it stands behind the function's and unique's place. */
static kept_row row_of_record(const gf_record *record)
{
    const uint8_t *body = gf_block_data(record->block) + GF_JOB_ROOM;
    const bool has_key = record->key_size > 0 || record->key_at > record->function_size + 1U;
    CHECK((uint64_t)GF_JOB_ROOM + record->data_at + record->data_size <= record->block->size);
    return kept_row_of(body, record->function_size, body + record->key_at, record->key_size,
                       has_key ? 0 : record->number);
}

static void take(kept *store, const gf_record *record)
{
    CHECK(record->mark == store->taken + 1 && record->mark < RECORDS_MOST);
    CHECK(record->number < JOBS_MOST);
    store->taken = record->mark;
    store->records[record->mark] = (kept_record){.row = row_of_record(record),
                                                 .bytes = record->block->size,
                                                 .number = record->number,
                                                 .kind = record->kind};
    if (record->kind == GF_RECORD_ADD)
        store->added[record->number] = record->mark;
    else
        store->done[record->number] = true;
}

void kept_take_records(kept *store, gf_core *core, gf_pool *pool)
{
    size_t count;
    const gf_record *records = gf_core_records(core, &count);
    for (size_t i = 0; i < count; i++) {
        take(store, &records[i]);
        gf_block_unref(records[i].block, pool);
    }
    gf_core_take_records(core, count);
}

gf_store_event kept_commit(kept *store, uint32_t most)
{
    uint64_t bytes = 0;
    for (; most > 0 && store->committed < store->taken; most--) {
        const kept_record *record = &store->records[++store->committed];
        bytes += record->bytes;
        if (record->kind == GF_RECORD_ADD)
            (void)kept_add(store, record->row);
        else
            drop(store, record->row);
    }
    return (gf_store_event){.kind = GF_STORE_COMMITTED, .mark = store->committed, .bytes = bytes};
}

/* --- effects --- */

/* Who has left may still be told what waited, up to its FORGET. */
static void check_addressee(const kept *store, const ledger *book, gf_peer_id peer)
{
    CHECK(peer.slot < PEERS);
    const uint32_t now = book->generation[peer.slot];
    CHECK(book->is_here[peer.slot] ? peer.generation == now
                                   : store->is_leaving[peer.slot] && peer.generation + 1 == now);
}

static void check_range(const gf_effect *effect, uint32_t at, uint32_t length)
{
    CHECK(length == 0 || (uint64_t)at + length <= effect->block->size);
    if (length > 0)
        gf_find_nul(gf_block_data(effect->block) + at, length); /* reads it all, for the sanitizers */
}

static bool is_background_submit(const gf_event *event)
{
    return event->kind == GF_EVENT_PACKET && gf_is_background((gf_packet_type)event->type);
}

/* The record of a submit that is acknowledged at once is committed, or there is none. */
static void check_created(const kept *store, const ledger *book, uint32_t number)
{
    CHECK(number < JOBS_MOST);
    if (store->durability != GF_DURABILITY_SYNC || !is_background_submit(&book->cause) || store->reading)
        return;
    CHECK(store->added[number] <= store->committed || store->done[number]);
}

static void on_packet(const kept *store, ledger *book, const gf_effect *effect)
{
    check_addressee(store, book, effect->peer);
    check_range(effect, effect->at, effect->length);
    check_range(effect, effect->at2, effect->length2);
    if (effect->type == GF_JOB_CREATED)
        check_created(store, book, effect->number);
    if (effect->type == GF_JOB_ASSIGN || effect->type == GF_JOB_ASSIGN_UNIQ ||
        effect->type == GF_JOB_ASSIGN_ALL)
        book->last_assigned[effect->peer.slot] = effect->number;
}

static void on_pause(kept *store, const ledger *book, const gf_effect *effect, bool pauses)
{
    check_addressee(store, book, effect->peer);
    CHECK(store->is_paused[effect->peer.slot] != pauses);
    store->is_paused[effect->peer.slot] = pauses;
}

static void on_forget(kept *store, const ledger *book, const gf_effect *effect)
{
    CHECK(effect->peer.slot < PEERS && store->is_leaving[effect->peer.slot]);
    CHECK(effect->peer.generation + 1 == book->generation[effect->peer.slot]);
    store->is_leaving[effect->peer.slot] = store->is_paused[effect->peer.slot] = false;
}

void kept_effect(kept *store, ledger *book, const gf_effect *effect)
{
    switch ((gf_effect_kind)effect->kind) {
    case GF_EFFECT_PACKET:
        on_packet(store, book, effect);
        return;
    case GF_EFFECT_TEXT:
        check_addressee(store, book, effect->peer);
        check_range(effect, effect->at, effect->length);
        return;
    case GF_EFFECT_FORGET:
        on_forget(store, book, effect);
        return;
    case GF_EFFECT_PAUSE:
    case GF_EFFECT_RESUME:
        on_pause(store, book, effect, effect->kind == GF_EFFECT_PAUSE);
        return;
    case GF_EFFECT_LOG:
    case GF_EFFECT_SHUTDOWN:
        return;
    case GF_EFFECT_RECORD:
        CHECK(!"the recorder's answer has taken its place");
        return;
    case GF_EFFECT_CLOSE:
        CHECK(!"there is memory for everything");
    }
}

/* --- the end --- */

static kept_row row_of_job(const gf_job *job)
{
    const uint8_t *body = gf_job_body(job), *unique = gf_job_unique(job);
    if (job->restored) {
        const uint8_t *key = body + job->data_at + job->data_size;
        return kept_row_of(body, job->function_size, key + 1, *key, 0);
    }
    const bool is_made = job->unique_size == 0 || (job->unique_size == 1 && *unique == '-');
    return kept_row_of(body, job->function_size, unique, is_made ? 0 : job->unique_size,
                       is_made ? gf_job_number(job) : 0);
}

static uint32_t in_one_bucket(const gf_core *core, const gf_job *job)
{
    (void)core;
    (void)job;
    return 0;
}

void kept_end(const kept *store, const gf_core *core)
{
    size_t count = 0;
    uint32_t stored = 0;
    gf_job **jobs = gf_jobs_in_order(core, in_one_bucket, &count);
    for (size_t i = 0; i < count; i++) {
        if (!jobs[i]->stored)
            continue;
        CHECK(place_of(store, row_of_job(jobs[i])) < store->row_count);
        stored++;
    }
    free(jobs);
    CHECK(stored == store->row_count);
    CHECK(core->holds.count == 0 && core->deferred.count == 0 && core->holds.paused_count == 0);
    CHECK(core->journal.committed == core->journal.mark && core->journal.bytes == 0);
}
