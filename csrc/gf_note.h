/* What crosses from the processing thread to the recorder's thread: one note for each thing that happened.
 *
 * Which fields a kind has, here and in the file, is told by gf_note_fields in gf_recording.c. A note owns one
 * reference to its block, of which only the bytes named may be read. */
#ifndef GF_NOTE_H
#define GF_NOTE_H

#include <stdint.h>

#include "gf_block.h"

typedef enum gf_note_kind {
    GF_NOTE_FUNCTION = 1, /* bytes: the name of `function`, before anything else that names it */
    GF_NOTE_CONNECT,      /* detail: 1 if it was there when the recording began; bytes: its address */
    GF_NOTE_GONE,
    GF_NOTE_REGISTER,   /* duration: its time-out, ms */
    GF_NOTE_UNREGISTER, /* one function */
    GF_NOTE_RESET,      /* every function */
    GF_NOTE_SUBMIT,     /* detail: gf_submit_detail; duration: seconds until it is due; bytes: unique, data */
    GF_NOTE_START,      /* handed to the worker `peer`; duration: its wait */
    GF_NOTE_UPDATE,     /* detail: gf_update; bytes: the data */
    GF_NOTE_END,     /* detail: gf_ending; duration: its run time; size: of the result; bytes: the result */
    GF_NOTE_SKIPPED, /* size: notes for which there was no room */
    GF_NOTE_DROPPED, /* `function` is gone, its number never comes again; this is not in the file */
    GF_NOTE_KINDS,
} gf_note_kind;

typedef enum gf_submit_detail {
    GF_SUBMIT_PRIORITY = 3, /* mask: gf_priority */
    GF_SUBMIT_BACKGROUND = 4,
    GF_SUBMIT_UNIQUE = 8,
    GF_SUBMIT_DELAYED = 16,
    GF_SUBMIT_JOINED = 32,  /* the job was there already */
    GF_SUBMIT_REFUSED = 64, /* number: 0 */
} gf_submit_detail;

typedef enum gf_update { GF_UPDATE_DATA, GF_UPDATE_WARNING, GF_UPDATE_STATUS } gf_update;

typedef enum gf_ending {
    GF_ENDING_COMPLETE,
    GF_ENDING_FAIL,
    GF_ENDING_EXCEPTION,
    GF_ENDING_LOST,      /* its worker left or timed out: it waits again */
    GF_ENDING_GIVEN_UP,  /* the same, once too often */
    GF_ENDING_UNWANTED,  /* no client waited any more */
    GF_ENDING_CANCELLED, /* by an admin, or the store could not keep it */
} gf_ending;

#define GF_DURATION_UNKNOWN UINT64_MAX

typedef struct gf_note {
    uint64_t at;       /* monotonic, us */
    uint64_t duration; /* us unless the kind says otherwise */
    gf_block *block;   /* NULL: no bytes */
    uint32_t bytes_at; /* from the start of the block */
    uint32_t bytes_size;
    uint32_t number; /* of the job */
    uint32_t function;
    uint32_t peer; /* its slot: free for another once it is gone */
    uint32_t size; /* of the workload or the result */
    uint8_t kind;
    uint8_t detail;
    uint8_t unique_size; /* how many of a submit's bytes are the unique */
} gf_note;

_Static_assert(sizeof(gf_note) <= 56, "a note fits a cache line");

#endif
