/* The recorder's own thread: it sleeps until it is rung for. */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "gf_recorder.h"
#include "gf_thread.h"

enum { WANT_END = 1 };

static int state_of(const gf_recorder *recorder)
{
    return atomic_load_explicit(&recorder->state, memory_order_acquire);
}

static bool is_open(const gf_recorder *recorder)
{
    return recorder->recording.is_open;
}

static const char *name_of(const gf_recorder *recorder)
{
    return recorder->recording.target.name;
}

/* The one line that a failure is worth: the server goes on as if nothing were recorded. */
static void fail(gf_recorder *recorder, int error)
{
    gf_log_write(&recorder->log, GF_LOG_ERROR, "The recording %s stops: %s; %llu events are in it",
                 name_of(recorder), strerror(error), (unsigned long long)recorder->recording.notes);
    gf_recording_end(&recorder->recording);
    atomic_store_explicit(&recorder->error, error, memory_order_relaxed);
}

static void begin(gf_recorder *recorder)
{
    int error = gf_recording_begin(&recorder->recording, &recorder->target);
    if (error != 0)
        fail(recorder, error);
    else
        gf_log_write(&recorder->log, GF_LOG_NOTICE, "Recording to %s", name_of(recorder));
}

static void let_go(gf_recorder *recorder, const gf_chunk *chunk)
{
    for (uint32_t i = 0; i < chunk->large_count; i++)
        gf_block_unref(chunk->large[i].block, NULL);
    gf_counter_bump(&recorder->bytes_done, chunk->large_bytes);
}

static void write_chunks(gf_recorder *recorder)
{
    for (gf_chunk *chunk; (chunk = gf_ring_peek_spsc(&recorder->ring)) != NULL;) {
        int error = is_open(recorder) ? gf_recording_add(&recorder->recording, chunk) : 0;
        if (error != 0)
            fail(recorder, error);
        let_go(recorder, chunk);
        gf_ring_release_spsc(&recorder->ring);
    }
}

static void close_recording(gf_recorder *recorder)
{
    if (is_open(recorder)) {
        gf_log_write(&recorder->log, GF_LOG_NOTICE, "The recording %s is complete: %llu events, %llu skipped",
                     name_of(recorder), (unsigned long long)recorder->recording.notes,
                     (unsigned long long)gf_counter_get(&recorder->skipped));
        gf_recording_end(&recorder->recording);
    }
    atomic_store_explicit(&recorder->state, GF_RECORDER_OFF, memory_order_release);
}

/* The state is read before the chunks: is it CLOSING, none comes after those that are seen. */
void gf_recorder_turn(gf_recorder *recorder)
{
    int state = state_of(recorder);
    if (state == GF_RECORDER_OFF)
        return;
    if (!is_open(recorder) && !gf_recorder_has_failed(recorder))
        begin(recorder);
    write_chunks(recorder);
    gf_counter_set(&recorder->notes, recorder->recording.notes);
    gf_counter_set(&recorder->bytes, recorder->recording.bytes);
    if (state == GF_RECORDER_CLOSING)
        close_recording(recorder);
}

static bool must_end(const gf_recorder *recorder)
{
    return (gf_flags_get(&recorder->wants) & WANT_END) != 0 && state_of(recorder) == GF_RECORDER_OFF;
}

static bool has_news(gf_recorder *recorder)
{
    if (state_of(recorder) == GF_RECORDER_CLOSING || (gf_flags_get(&recorder->wants) & WANT_END) != 0)
        return true;
    return !gf_ring_empty_spsc(&recorder->ring);
}

static void sleep_a_while(gf_recorder *recorder)
{
    struct pollfd bell = {.fd = recorder->bell.fd, .events = POLLIN};
    gf_bell_sleep(&recorder->bell);
    if (!has_news(recorder))
        poll(&bell, 1, -1);
    gf_bell_awake(&recorder->bell);
    gf_bell_clear(&recorder->bell);
}

static void *run(void *argument)
{
    gf_recorder *recorder = argument;
    while (!must_end(recorder)) {
        sleep_a_while(recorder);
        gf_recorder_turn(recorder);
    }
    return NULL;
}

int gf_recorder_run(gf_recorder *recorder)
{
    int result = gf_thread_start(&recorder->thread, "gf-recorder", run, recorder);
    recorder->is_running = result == GF_OK;
    return result;
}

void gf_recorder_join(gf_recorder *recorder)
{
    gf_recorder_stop(recorder);
    if (!recorder->is_running) {
        gf_recorder_turn(recorder);
        return;
    }
    gf_flags_raise(&recorder->wants, WANT_END);
    gf_bell_ring(&recorder->bell);
    pthread_join(recorder->thread, NULL);
    recorder->is_running = false;
}
