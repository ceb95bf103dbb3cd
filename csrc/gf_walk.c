/* Listings of very many jobs: a piece in each turn, so that nobody waits for a whole one.
 *
 * First the places of all jobs in gearmand's order are gathered, then sorted, then written out; jobs may come
 * and go meanwhile. They are gathered by what the low bits of their numbers are: a table that grows or
 * shrinks moves none of them from one such class to another, so each job that stays is met exactly once. The
 * whole answer is sent at the end, and what the peer says meanwhile waits for that. One walk goes at a time.
 */
#include <stdlib.h>
#include <string.h>

#include "gf_parts.h"

/* Of a turn: jobs gathered, sorted or written; classes looked at, of which many may be empty; places merged.
 */
enum { JOBS = 2048, CLASSES = 8192, MERGED = 32768 };

typedef enum gf_walk_stage { GATHERING, SORTING, WRITING } gf_walk_stage;

typedef struct gf_piece {
    gf_block *block;
    uint32_t length;
} gf_piece;

struct gf_walk {
    gf_walk *next; /* who asked later */
    gf_peer *peer;
    gf_job_hash *hash;
    gf_job_line *line;
    gf_walk_stage stage;
    bool failed;      /* memory is out */
    uint32_t classes; /* a power of two */
    uint32_t class;   /* the next to be gathered */
    uint64_t *places; /* bucket, and behind it the number with all bits turned: the newest comes first */
    uint64_t *merged; /* of the pass that goes on */
    size_t count;
    size_t capacity;
    size_t run; /* places sorted together so far */
    size_t at;
    gf_piece *pieces;
    size_t piece_count;
    size_t piece_capacity;
    gf_deferred said; /* by the peer since */
};

/* A listing of fewer jobs is made at once. */
bool gf_walk_is_long(const gf_core *core)
{
    return core->counts.jobs > 4 * JOBS;
}

/* False when memory is out. */
bool gf_walk_start(gf_core *core, gf_peer *peer, gf_job_hash *hash, gf_job_line *line)
{
    gf_walk *walk = calloc(1, sizeof *walk);
    if (walk == NULL)
        return false;
    *walk = (gf_walk){.peer = peer, .hash = hash, .line = line, .run = JOBS};
    gf_walk **end = &core->walks;
    while (*end != NULL)
        end = &(*end)->next;
    gf_say_pause(core, peer, GF_EFFECT_PAUSE);
    *end = peer->walk = walk;
    return true;
}

/* --- gathering --- */

typedef struct gf_gathering {
    const gf_core *core;
    gf_walk *walk;
} gf_gathering;

static void gather(gf_node *node, void *context)
{
    const gf_gathering *into = context;
    gf_walk *walk = into->walk;
    const gf_job *job = GF_CONTAINER(node, gf_job, by_number);
    uint64_t *places = gf_array_with_room(walk->places, walk->count, &walk->capacity, sizeof *places);
    if (places == NULL) {
        walk->failed = true;
        return;
    }
    walk->places = places;
    uint64_t bucket = walk->hash(into->core, job) % into->core->options.buckets;
    walk->places[walk->count++] = bucket << 32 | (uint32_t)~gf_job_number(job);
}

static uint32_t classes_of(const gf_table *table)
{
    return (table->mask >> 1) + 1;
}

static int by_value(const void *left, const void *right)
{
    const uint64_t one = *(const uint64_t *)left, other = *(const uint64_t *)right;
    return one == other ? 0 : one < other ? -1 : 1;
}

/* Runs of JOBS places each are sorted as soon as they are complete, the rest at the end. */
static void sort_runs(gf_walk *walk, bool is_last)
{
    while (walk->count - walk->at >= JOBS || (is_last && walk->at < walk->count)) {
        size_t left = walk->count - walk->at;
        size_t run = left < JOBS ? left : JOBS;
        qsort(&walk->places[walk->at], run, sizeof *walk->places, by_value);
        walk->at += run;
    }
}

static void gather_more(gf_core *core, gf_walk *walk)
{
    gf_gathering into = {.core = core, .walk = walk};
    size_t most = walk->count + JOBS;
    if (walk->classes == 0)
        walk->classes = classes_of(&core->numbers);
    for (int looks = 0; looks < CLASSES && walk->class < walk->classes && walk->count < most; looks++)
        gf_table_each_of(&core->numbers, walk->class ++, walk->classes, gather, &into);
    const bool is_last = walk->class == walk->classes;
    sort_runs(walk, is_last);
    if (!is_last)
        return;
    walk->stage = SORTING;
    walk->at = 0;
    walk->merged = malloc((walk->count + 1) * sizeof *walk->merged);
    walk->failed |= walk->merged == NULL;
}

/* --- sorting --- */

static size_t least(size_t one, size_t other)
{
    return one < other ? one : other;
}

/* Where the run that begins at `left` and the next one are merged: how many of the left one are among the
 * first `wanted`. */
static size_t of_left(const uint64_t *left, size_t lefts, const uint64_t *right, size_t rights, size_t wanted)
{
    size_t low = wanted > rights ? wanted - rights : 0, high = least(wanted, lefts);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (left[middle] < right[wanted - middle - 1])
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Merges the places from `at` on, at most MERGED of them and not beyond their two runs; returns how many. */
static size_t merge_some(gf_walk *walk)
{
    size_t start = walk->at / (2 * walk->run) * (2 * walk->run);
    const uint64_t *left = &walk->places[start];
    size_t lefts = least(walk->run, walk->count - start);
    const uint64_t *right = left + lefts;
    size_t rights = least(walk->run, walk->count - start - lefts);
    size_t done = walk->at - start, end = least(done + MERGED, lefts + rights);
    size_t l = of_left(left, lefts, right, rights, done), r = done - l;
    for (size_t i = done; i < end; i++)
        walk->merged[start + i] = r == rights || (l < lefts && left[l] < right[r]) ? left[l++] : right[r++];
    return end - done;
}

static void sort_more(gf_walk *walk)
{
    size_t most = walk->at + MERGED;
    while (walk->run < walk->count && walk->at < walk->count && walk->at < most)
        walk->at += merge_some(walk);
    if (walk->run >= walk->count) {
        walk->stage = WRITING;
        walk->at = 0;
    } else if (walk->at >= walk->count) {
        uint64_t *sorted = walk->merged;
        walk->merged = walk->places;
        walk->places = sorted;
        walk->run *= 2;
        walk->at = 0;
    }
}

/* --- writing --- */

static void keep_piece(gf_walk *walk, gf_text *text)
{
    gf_piece *pieces =
        gf_array_with_room(walk->pieces, walk->piece_count, &walk->piece_capacity, sizeof *pieces);
    if (pieces != NULL)
        walk->pieces = pieces;
    if (text->failed || pieces == NULL) {
        walk->failed = true;
        gf_text_drop(text);
        return;
    }
    walk->pieces[walk->piece_count++] = (gf_piece){.block = text->block, .length = text->length};
}

static void write_more(gf_core *core, gf_walk *walk)
{
    gf_text text;
    gf_text_start(&text, core);
    size_t end = least(walk->at + JOBS, walk->count);
    for (; walk->at < end; walk->at++) {
        const gf_job *job = gf_job_numbered(core, ~(uint32_t)walk->places[walk->at]);
        if (job != NULL)
            walk->line(&text, core, job);
    }
    if (end == walk->count)
        gf_text_string(&text, ".\n");
    keep_piece(walk, &text);
}

/* --- the end --- */

static void walk_free(gf_core *core, gf_walk *walk)
{
    for (size_t i = 0; i < walk->piece_count; i++)
        gf_block_unref(walk->pieces[i].block, core->pool);
    gf_deferred_free(core, &walk->said);
    free(walk->pieces);
    free(walk->merged);
    free(walk->places);
    free(walk);
}

static void unlink_walk(gf_core *core, gf_walk *walk)
{
    gf_walk **at = &core->walks;
    while (*at != walk)
        at = &(*at)->next;
    *at = walk->next;
    walk->peer->walk = NULL;
}

/* The peer leaves. */
void gf_walk_drop(gf_core *core, gf_peer *peer)
{
    gf_walk *walk = peer->walk;
    if (walk == NULL)
        return;
    unlink_walk(core, walk);
    walk_free(core, walk);
}

static void answer(gf_core *core, const gf_walk *walk)
{
    size_t from = core->effect_count;
    for (size_t i = 0; i < walk->piece_count && !walk->failed; i++)
        gf_reply_text(core, walk->peer, walk->pieces[i].block, walk->pieces[i].length);
    if (walk->failed)
        gf_reply_error(core, walk->peer, GF_ERROR_NO_MEMORY);
    gf_say_pause(core, walk->peer, GF_EFFECT_RESUME);
    if (core->heeds_store)
        gf_holds_sweep(core, from);
}

/* What the peer said meanwhile may begin the next walk: then the rest of it waits for that. */
static void finish(gf_core *core, gf_walk *walk)
{
    gf_deferred said = walk->said;
    walk->said = (gf_deferred){0};
    unlink_walk(core, walk);
    answer(core, walk);
    walk_free(core, walk);
    for (size_t i = 0; i < said.count; i++)
        gf_core_event(core, &said.events[i]);
    free(said.events);
}

void gf_walk_step(gf_core *core)
{
    gf_walk *walk = core->walks;
    if (walk->stage == GATHERING)
        gather_more(core, walk);
    else if (walk->stage == SORTING)
        sort_more(walk);
    else
        write_more(core, walk);
    if (walk->failed || (walk->stage == WRITING && walk->at == walk->count && walk->piece_count > 0))
        finish(core, walk);
}

/* Takes over the event, whose peer waits for a listing. False when memory is out and the peer leaves: then
 * nothing of what it said is done any more. */
bool gf_walk_defer(gf_core *core, gf_peer *peer, const gf_event *event)
{
    return gf_deferred_add(&peer->walk->said, event) || gf_give_up(core, event);
}
