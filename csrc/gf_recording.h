/* A recording on its way to disk: chunks become blocks, and blocks fill one file after another. The format is
 * told in docs/recordings.md. Everything here belongs to the recorder's thread. */
#ifndef GF_RECORDING_H
#define GF_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gf_chunk.h"

enum {
    GF_RECORDING_VERSION = 3,
    GF_RECORDING_HEADER = 36,
    GF_RECORDING_NAME = 200,
    GF_RECORDING_FILES = 1000,
};

/* Where a recording goes, as decided when it starts. */
typedef struct gf_recording_target {
    int directory;                    /* a descriptor, borrowed */
    int file;                         /* the first file */
    uint32_t suffix;                  /* of the first file's name; 0: none */
    char name[GF_RECORDING_NAME + 1]; /* without suffix */
    uint32_t files;                   /* kept; older ones are removed */
    bool payloads;
    uint64_t started;    /* monotonic, us */
    uint64_t started_at; /* wall clock, us: also what tells recordings apart */
} gf_recording_target;

typedef struct gf_recording {
    gf_recording_target target;
    bool is_open;
    uint32_t part;                         /* which file this is, from 0 */
    uint64_t part_bytes;                   /* in whole blocks */
    uint32_t suffixes[GF_RECORDING_FILES]; /* of the files kept, by part modulo target.files */
    uint64_t notes;
    uint64_t bytes;
} gf_recording;

/* False when it does not fit. */
bool gf_recording_file_name(char *out, size_t size, const char *name, uint32_t suffix);

/* The first free one of NAME, NAME.1, NAME.2 ... from `*suffix` on, made and opened; -1: see errno. */
int gf_recording_open(int directory, const char *name, uint32_t *suffix);

/* All of them: 0, or the errno of what failed. After a failure only the end may follow. */
GF_MUST_CHECK int gf_recording_begin(gf_recording *recording, const gf_recording_target *target);
GF_MUST_CHECK int gf_recording_add(gf_recording *recording, gf_chunk *chunk);

/* Closes the file. */
void gf_recording_end(gf_recording *recording);

#endif
