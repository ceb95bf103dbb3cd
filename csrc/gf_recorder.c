#define _GNU_SOURCE
#include "gf_recorder.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Payloads that may be under way without being copied: more than that, and notes go without them. */
enum { PAYLOADS_MOST = 64 << 20 };
enum { OLD = 500 * 1000, RUNG_FOR = GF_RECORDER_CHUNKS / 4 }; /* us; chunks */

int gf_recorder_init(gf_recorder *recorder, const gf_recorder_options *options, gf_bell *main_bell,
                     int log_level)
{
    memset(recorder, 0, sizeof *recorder);
    recorder->options = *options;
    recorder->bell.fd = -1;
    recorder->due = UINT64_MAX;
    if (gf_log_init(&recorder->log, main_bell, log_level) != GF_OK)
        return GF_NOMEM;
    if (gf_ring_init(&recorder->ring, GF_RECORDER_CHUNKS, sizeof(gf_chunk)) != GF_OK)
        return GF_NOMEM;
    return gf_bell_init(&recorder->bell);
}

void gf_recorder_free(gf_recorder *recorder)
{
    gf_ring_free(&recorder->ring);
    gf_log_free(&recorder->log);
    if (recorder->bell.fd >= 0)
        gf_bell_close(&recorder->bell);
}

static uint64_t microseconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static int open_target(gf_recorder *recorder, int directory, const char *name)
{
    gf_recording_target *target = &recorder->target;
    *target = (gf_recording_target){.directory = directory,
                                    .files = recorder->options.files,
                                    .payloads = recorder->options.payloads,
                                    .started = microseconds(CLOCK_MONOTONIC),
                                    .started_at = microseconds(CLOCK_REALTIME)};
    if (strlen(name) > GF_RECORDING_NAME)
        return ENAMETOOLONG;
    memcpy(target->name, name, strlen(name) + 1);
    target->file = gf_recording_open(directory, name, &target->suffix);
    return target->file < 0 ? errno : 0;
}

/* Opening a file may take a while, and everybody waits; but then whoever asked hears at once what is wrong.
 */
int gf_recorder_start(gf_recorder *recorder, int directory, const char *name)
{
    if (atomic_load_explicit(&recorder->state, memory_order_acquire) != GF_RECORDER_OFF)
        return EBUSY;
    int error = open_target(recorder, directory, name);
    if (error != 0)
        return error;
    recorder->now = recorder->started = recorder->target.started;
    recorder->serial++;
    recorder->file_bytes = GF_RECORDING_HEADER;
    recorder->skipped_now = 0;
    gf_counter_set(&recorder->skipped, 0);
    atomic_store_explicit(&recorder->error, 0, memory_order_relaxed);
    atomic_store_explicit(&recorder->state, GF_RECORDER_ON, memory_order_release);
    gf_bell_ring(&recorder->bell);
    return 0;
}

static void ring(gf_recorder *recorder)
{
    recorder->due = UINT64_MAX;
    gf_bell_ring(&recorder->bell);
}

/* The chunk that is filled, if there is one. */
static void hand_over(gf_recorder *recorder)
{
    gf_chunk *chunk = recorder->chunk;
    if (chunk == NULL)
        return;
    chunk->notes = recorder->encoder.notes;
    chunk->length = (uint32_t)(recorder->encoder.out - chunk->bytes);
    recorder->file_bytes += (uint64_t)chunk->length + chunk->large_bytes;
    recorder->chunk = NULL;
    recorder->encoder.out = recorder->end = NULL;
    gf_ring_commit_spsc(&recorder->ring);
}

void gf_recorder_stop(gf_recorder *recorder)
{
    if (!gf_recorder_is_on(recorder))
        return;
    hand_over(recorder);
    atomic_store_explicit(&recorder->state, GF_RECORDER_CLOSING, memory_order_release);
    ring(recorder);
}

void gf_recorder_publish(gf_recorder *recorder)
{
    if (recorder->now < recorder->due)
        return;
    hand_over(recorder);
    ring(recorder);
}

uint64_t gf_recorder_patience(const gf_recorder *recorder)
{
    if (recorder->due == UINT64_MAX)
        return UINT64_MAX;
    return recorder->due <= recorder->now ? 0 : (recorder->due - recorder->now) / 1000 + 1;
}

/* --- room --- */

void gf_recorder_skip(gf_recorder *recorder)
{
    recorder->skipped_now++;
    gf_counter_bump(&recorder->skipped, 1);
}

static void tell_skipped(gf_recorder *recorder)
{
    const uint64_t skipped = recorder->skipped_now;
    const gf_note note = {.kind = GF_NOTE_SKIPPED,
                          .size = skipped > UINT32_MAX ? UINT32_MAX : (uint32_t)skipped};
    recorder->skipped_now = 0;
    gf_recorder_put(recorder, &note);
}

/* A file that has grown to its size is the last but one: whatever is named is named anew in the next. */
static bool begins_file(gf_recorder *recorder)
{
    if (recorder->file_bytes < recorder->options.file_size)
        return false;
    recorder->file_bytes = GF_RECORDING_HEADER;
    recorder->serial++;
    return true;
}

static bool open_chunk(gf_recorder *recorder)
{
    gf_chunk *chunk = gf_ring_reserve_spsc(&recorder->ring);
    if (chunk == NULL)
        return false;
    chunk->began = recorder->now - recorder->started;
    chunk->large_count = chunk->large_bytes = 0;
    chunk->begins_file = begins_file(recorder);
    recorder->chunk = chunk;
    gf_encoder_begin(&recorder->encoder, chunk->bytes + GF_CHUNK_HEAD, recorder->now);
    recorder->end = chunk->bytes + sizeof chunk->bytes;
    if (recorder->due == UINT64_MAX)
        recorder->due = recorder->now + OLD;
    if (recorder->skipped_now > 0)
        tell_skipped(recorder);
    return true;
}

/* The recorder's thread is rung for when there is something to do for it, or little room left. */
static bool next_chunk(gf_recorder *recorder)
{
    gf_ring *chunks = &recorder->ring;
    hand_over(recorder);
    if (chunks->reserved - atomic_load_explicit(&chunks->released, memory_order_relaxed) >= RUNG_FOR)
        ring(recorder);
    return open_chunk(recorder);
}

/* Two: a function's name may be large, too. */
static bool has_room_for_large(const gf_chunk *chunk)
{
    return chunk->large_count + 2 <= GF_CHUNK_LARGE && chunk->large_bytes < GF_CHUNK_FULL;
}

bool gf_recorder_make_room(gf_recorder *recorder, uint32_t bytes)
{
    const gf_chunk *chunk = recorder->chunk;
    if (chunk != NULL && recorder->end - recorder->encoder.out >= (ptrdiff_t)(GF_NOTE_MOST + bytes) &&
        has_room_for_large(chunk))
        return true;
    if (next_chunk(recorder))
        return true;
    gf_recorder_skip(recorder);
    return false;
}

/* --- bytes --- */

void gf_recorder_attach(gf_recorder *recorder, gf_note *note, gf_block *block, uint32_t at, uint32_t size)
{
    const uint64_t under_way = gf_counter_get(&recorder->bytes_out) - gf_counter_get(&recorder->bytes_done);
    if (block == NULL || (size > GF_COPY_MOST && under_way + size > PAYLOADS_MOST))
        return;
    note->block = block;
    note->bytes_at = at;
    note->bytes_size = size;
}

static void refer(gf_recorder *recorder, const gf_note *note)
{
    gf_chunk *chunk = recorder->chunk;
    chunk->large[chunk->large_count++] =
        (gf_large_bytes){.block = gf_block_ref(note->block),
                         .from = note->bytes_at,
                         .size = note->bytes_size,
                         .at = (uint32_t)(recorder->encoder.out - chunk->bytes)};
    chunk->large_bytes += note->bytes_size;
    gf_counter_bump(&recorder->bytes_out, note->bytes_size);
}

static bool is_large(const gf_note *note)
{
    return note->bytes_size > GF_COPY_MOST;
}

void gf_recorder_put_bytes(gf_recorder *recorder, const gf_note *note)
{
    uint8_t *out = gf_put_number(recorder->encoder.out, note->unique_size);
    recorder->encoder.out = out = gf_put_number(out, note->bytes_size);
    if (is_large(note)) {
        refer(recorder, note);
        return;
    }
    memcpy(out, gf_block_data(note->block) + note->bytes_at, note->bytes_size);
    recorder->encoder.out += note->bytes_size;
}
