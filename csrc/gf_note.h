/* What a recording is made of: one note for each thing that happened, as the processing thread tells it
 * before it becomes bytes of the file. */
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
    GF_NOTE_AGAIN,   /* a submit with detail, peer and function of the last one, and no duration */
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

typedef enum gf_note_field {
    GF_HAS_PEER = 1,
    GF_HAS_FUNCTION = 2,
    GF_HAS_NUMBER = 4,
    GF_HAS_SIZE = 8,
    GF_HAS_DURATION = 16,
    GF_HAS_NEXT = 32, /* the number after the last; not written */
} gf_note_field;

static const uint8_t gf_note_fields[GF_NOTE_KINDS] = {
    [GF_NOTE_FUNCTION] = GF_HAS_FUNCTION,
    [GF_NOTE_CONNECT] = GF_HAS_PEER,
    [GF_NOTE_GONE] = GF_HAS_PEER,
    [GF_NOTE_REGISTER] = GF_HAS_PEER | GF_HAS_FUNCTION | GF_HAS_DURATION,
    [GF_NOTE_UNREGISTER] = GF_HAS_PEER | GF_HAS_FUNCTION,
    [GF_NOTE_RESET] = GF_HAS_PEER,
    [GF_NOTE_SUBMIT] = GF_HAS_PEER | GF_HAS_FUNCTION | GF_HAS_NUMBER | GF_HAS_SIZE | GF_HAS_DURATION,
    [GF_NOTE_START] = GF_HAS_PEER | GF_HAS_FUNCTION | GF_HAS_NUMBER | GF_HAS_DURATION,
    [GF_NOTE_UPDATE] = GF_HAS_FUNCTION | GF_HAS_NUMBER | GF_HAS_SIZE,
    [GF_NOTE_END] = GF_HAS_FUNCTION | GF_HAS_NUMBER | GF_HAS_SIZE | GF_HAS_DURATION,
    [GF_NOTE_SKIPPED] = GF_HAS_SIZE,
    [GF_NOTE_AGAIN] = GF_HAS_NEXT | GF_HAS_SIZE,
};

/* Only what the kind has is looked at. */
typedef struct gf_note {
    uint64_t duration; /* us unless the kind says otherwise */
    gf_block *block;   /* borrowed; NULL: no bytes */
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

#endif
