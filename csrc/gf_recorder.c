#define _GNU_SOURCE
#include "gf_recorder.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Payloads that may be under way: more than that, and notes go without them. */
enum { PAYLOADS_MOST = 64 << 20 };

int gf_recorder_init(gf_recorder *recorder, const gf_recorder_options *options, gf_bell *main_bell,
                     int log_level)
{
    memset(recorder, 0, sizeof *recorder);
    recorder->options = *options;
    recorder->bell.fd = -1;
    if (gf_log_init(&recorder->log, main_bell, log_level) != GF_OK)
        return GF_NOMEM;
    if (gf_ring_init(&recorder->ring, GF_RECORDER_CAPACITY, sizeof(gf_note)) != GF_OK)
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
                                    .file_size = recorder->options.file_size,
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
    recorder->skipped_now = 0;
    gf_counter_set(&recorder->skipped, 0);
    atomic_store_explicit(&recorder->error, 0, memory_order_relaxed);
    atomic_store_explicit(&recorder->state, GF_RECORDER_ON, memory_order_release);
    gf_bell_ring(&recorder->bell);
    return 0;
}

void gf_recorder_stop(gf_recorder *recorder)
{
    if (!gf_recorder_is_on(recorder))
        return;
    gf_ring_commit_spsc(&recorder->ring);
    atomic_store_explicit(&recorder->state, GF_RECORDER_CLOSING, memory_order_release);
    gf_bell_ring(&recorder->bell);
}

static void fill(gf_recorder *recorder, gf_note *note, gf_note_kind kind)
{
    *note = (gf_note){.at = recorder->now, .duration = GF_DURATION_UNKNOWN, .kind = (uint8_t)kind};
}

/* The first note that fits after some did not tells how many. */
static gf_note *after_skipped(gf_recorder *recorder, gf_note *note)
{
    fill(recorder, note, GF_NOTE_SKIPPED);
    note->size = recorder->skipped_now > UINT32_MAX ? UINT32_MAX : (uint32_t)recorder->skipped_now;
    recorder->skipped_now = 0;
    return gf_ring_reserve_spsc(&recorder->ring);
}

gf_note *gf_recorder_note(gf_recorder *recorder, gf_note_kind kind)
{
    gf_note *note = gf_ring_reserve_spsc(&recorder->ring);
    if (note != NULL && recorder->skipped_now > 0)
        note = after_skipped(recorder, note);
    if (note != NULL) {
        fill(recorder, note, kind);
        return note;
    }
    recorder->skipped_now++;
    gf_counter_bump(&recorder->skipped, 1);
    return NULL;
}

void gf_recorder_attach(gf_recorder *recorder, gf_note *note, gf_block *block, uint32_t at, uint32_t size)
{
    uint64_t out = gf_counter_get(&recorder->bytes_out);
    if (block == NULL || out + size - gf_counter_get(&recorder->bytes_done) > PAYLOADS_MOST)
        return;
    gf_counter_set(&recorder->bytes_out, out + size);
    note->block = gf_block_ref(block);
    note->bytes_at = at;
    note->bytes_size = size;
}

/* The recorder's thread comes by itself before long: it is rung for only when the ring fills up. */
void gf_recorder_publish(gf_recorder *recorder)
{
    gf_ring *ring = &recorder->ring;
    if (!gf_ring_uncommitted_spsc(ring))
        return;
    gf_ring_commit_spsc(ring);
    if (ring->reserved - atomic_load_explicit(&ring->released, memory_order_relaxed) > ring->capacity / 2)
        gf_bell_ring(&recorder->bell);
}
