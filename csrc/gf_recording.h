/* A recording on its way to disk: notes become bytes, bytes become blocks, and blocks fill one file after
 * another. The format is told in docs/recordings.md. Everything here belongs to the recorder's thread. */
#ifndef GF_RECORDING_H
#define GF_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gf_note.h"
#include "gf_table.h"

enum { GF_RECORDING_VERSION = 1, GF_RECORDING_NAME = 200, GF_RECORDING_FILES = 1000 };

/* Where a recording goes, as decided when it starts. */
typedef struct gf_recording_target {
    int directory;                    /* a descriptor, borrowed */
    int file;                         /* the first file */
    uint32_t suffix;                  /* of the first file's name; 0: none */
    char name[GF_RECORDING_NAME + 1]; /* without suffix */
    uint64_t file_size;               /* a file that has grown to it is the last but one */
    uint32_t files;                   /* kept; older ones are removed */
    bool payloads;
    uint64_t started;    /* monotonic, us */
    uint64_t started_at; /* wall clock, us: also what tells recordings apart */
} gf_recording_target;

typedef struct gf_function_name {
    gf_node node;     /* its hash is the function's number */
    uint32_t written; /* the last file that has it, counted from 1; 0: none */
    uint32_t size;
    uint8_t text[];
} gf_function_name;

typedef struct gf_recording {
    gf_recording_target target;
    uint32_t part; /* which file this is, from 0 */
    uint64_t part_bytes;
    uint32_t suffixes[GF_RECORDING_FILES]; /* of the files kept, by part modulo target.files */
    uint8_t *buffer;                       /* a block, behind room for its head */
    size_t capacity;
    size_t length;
    uint32_t block_notes;
    uint64_t block_began; /* us since the start */
    uint64_t last_at;     /* of the last note in the block */
    uint32_t last_number;
    gf_table names; /* of the functions there are: each goes into a file before what first needs it there */
    uint64_t notes;
    uint64_t bytes;
} gf_recording;

/* False when it does not fit. */
bool gf_recording_file_name(char *out, size_t size, const char *name, uint32_t suffix);

/* The first free one of NAME, NAME.1, NAME.2 ... from `*suffix` on, made and opened; -1: see errno. */
int gf_recording_open(int directory, const char *name, uint32_t *suffix);

/* All of them: 0, or the errno of what failed. After a failure only the end may follow. */
GF_MUST_CHECK int gf_recording_begin(gf_recording *recording, const gf_recording_target *target);
GF_MUST_CHECK int gf_recording_add(gf_recording *recording, const gf_note *note);
GF_MUST_CHECK int gf_recording_flush(gf_recording *recording);

/* Closes the file and lets go of everything; what was not flushed is lost. */
void gf_recording_end(gf_recording *recording);

#endif
