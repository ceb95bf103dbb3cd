/* The recorder: one thread notes what happens, another writes it to a file. Noting never waits: what does not
 * fit is counted and left out.
 *
 * Notes are encoded where they are made, into a chunk of a few thousand, so that what crosses between the
 * threads is as little as what reaches the disk. A chunk is handed over when it is full, or old.
 *
 * The processing thread starts and stops recordings. `state` hands the target over and back:
 *   OFF -> ON by the processing thread (release): the recorder's thread sees the target;
 *   ON -> CLOSING by the processing thread (release): every note was published before;
 *   CLOSING -> OFF by the recorder's thread (release), once all of them are written. */
#ifndef GF_RECORDER_H
#define GF_RECORDER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "gf_bell.h"
#include "gf_encode.h"
#include "gf_log.h"
#include "gf_recording.h"
#include "gf_ring.h"
#include "gf_shared.h"

/* A payload up to GF_COPY_MOST bytes is copied. */
enum { GF_RECORDER_CHUNKS = 32, GF_COPY_MOST = 4096 };

typedef enum gf_recorder_state { GF_RECORDER_OFF, GF_RECORDER_ON, GF_RECORDER_CLOSING } gf_recorder_state;

typedef struct gf_recorder_options {
    int directory;      /* a descriptor of where text commands may record, borrowed; -1: nowhere */
    uint64_t file_size; /* bytes */
    uint32_t files;     /* at most GF_RECORDING_FILES */
    bool payloads;
} gf_recorder_options;

typedef struct gf_recorder {
    /* --- immutable after init --- */
    gf_recorder_options options;
    gf_bell bell;
    /* --- handed over with `state` --- */
    gf_recording_target target;
    /* --- chunks --- */
    gf_ring ring;
    /* --- owned by the processing thread --- */
    gf_encoder encoder;
    uint8_t *end;         /* of the chunk that is filled; NULL, as the encoder's place: there is none */
    gf_chunk *chunk;      /* the one that is filled, or NULL */
    uint64_t now;         /* monotonic, us: of this turn */
    uint64_t due;         /* when what was noted is to be written; UINT64_MAX: nothing was */
    uint64_t started;     /* as now, when the recording began */
    uint64_t file_bytes;  /* that the file will have with all chunks handed over */
    uint32_t serial;      /* of the file, of all recordings, from 1 */
    uint64_t skipped_now; /* not told of yet */
    gf_counter skipped;   /* of this recording; read by the recorder's thread */
    gf_counter bytes_out; /* payloads noted so far that were not copied, of any recording */
    char pad1[GF_CACHE_LINE];
    /* --- owned by the recorder's thread --- */
    gf_recording recording;
    gf_log log;
    gf_counter bytes_done; /* of bytes_out, those that were written */
    gf_counter notes;
    gf_counter bytes;
    char pad2[GF_CACHE_LINE];
    /* --- written by several --- */
    _Atomic int state;
    _Atomic int error; /* an errno: the last recording failed and takes no more notes; 0 when one starts */
    gf_flags wants;
    /* --- owned by whoever starts and ends the thread --- */
    pthread_t thread;
    bool is_running;
} gf_recorder;

/* Prepares the struct; `main_bell` is rung for log records. Whatever the result, gf_recorder_free undoes it.
 */
GF_MUST_CHECK int gf_recorder_init(gf_recorder *recorder, const gf_recorder_options *options,
                                   gf_bell *main_bell, int log_level);
void gf_recorder_free(gf_recorder *recorder);

/* gf_recorder_thread.c: starts the thread; ends it once all that was noted is written. */
GF_MUST_CHECK int gf_recorder_run(gf_recorder *recorder);
void gf_recorder_join(gf_recorder *recorder);
/* One look at what there is to write, as the thread takes it; for tests it may be called without a thread. */
void gf_recorder_turn(gf_recorder *recorder);

/* --- the processing thread --- */

/* Begins a recording in the directory, or in the first of NAME.1, NAME.2 ... that is free. 0, or an errno;
 * EBUSY while there is another. */
int gf_recorder_start(gf_recorder *recorder, int directory, const char *name);

/* What was noted before is still written. */
void gf_recorder_stop(gf_recorder *recorder);

static inline bool gf_recorder_is_on(const gf_recorder *recorder)
{
    return atomic_load_explicit(&recorder->state, memory_order_relaxed) == GF_RECORDER_ON;
}

/* Whether the recorder's thread could not go on: the recording is to be stopped. */
static inline bool gf_recorder_has_failed(const gf_recorder *recorder)
{
    return atomic_load_explicit(&recorder->error, memory_order_relaxed) != 0;
}

/* Has the note refer to bytes of the block, if so many may be under way. */
void gf_recorder_attach(gf_recorder *recorder, gf_note *note, gf_block *block, uint32_t at, uint32_t size);

/* Counts a note that there is no room for. */
void gf_recorder_skip(gf_recorder *recorder);

/* Is there room for a note without bytes? */
static inline bool gf_recorder_has_room(const gf_recorder *recorder)
{
    return recorder->end - recorder->encoder.out >= GF_NOTE_MOST;
}

/* Makes room for a note with so many bytes that are copied, and two that are not, maybe in another chunk,
 * which may be the first of a file. False when there is none; then the note is skipped. */
bool gf_recorder_make_room(gf_recorder *recorder, uint32_t bytes);

/* What follows a note that has bytes. */
void gf_recorder_put_bytes(gf_recorder *recorder, const gf_note *note);

/* There must be room. */
static inline __attribute__((always_inline)) void gf_recorder_put(gf_recorder *recorder, const gf_note *note)
{
    gf_encode(&recorder->encoder, note, recorder->now);
    if (note->block != NULL)
        gf_recorder_put_bytes(recorder, note);
}

/* At the end of a turn: hands over what is old enough. */
void gf_recorder_publish(gf_recorder *recorder);

/* Milliseconds until the next such hand-over; UINT64_MAX: there is nothing to hand over. */
uint64_t gf_recorder_patience(const gf_recorder *recorder);

#endif
