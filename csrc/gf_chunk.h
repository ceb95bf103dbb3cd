/* A block of a recording: the processing thread fills it with notes that are bytes already, the recorder's
 * thread sets its head and writes it to the file. */
#ifndef GF_CHUNK_H
#define GF_CHUNK_H

#include <stdbool.h>
#include <stdint.h>

#include "gf_block.h"

enum {
    GF_CHUNK_HEAD = 24,
    GF_CHUNK_BYTES = 64 << 10,
    GF_CHUNK_LARGE = 64,     /* payloads that are not copied */
    GF_CHUNK_FULL = 1 << 20, /* bytes of them, after which another chunk begins */
};

/* Bytes of a block that come before the byte `at` of the chunk; holds a reference. */
typedef struct gf_large_bytes {
    gf_block *block;
    uint32_t from;
    uint32_t size;
    uint32_t at; /* from the start of `bytes` */
} gf_large_bytes;

typedef struct gf_chunk {
    uint64_t began; /* us since the recording began */
    uint32_t notes;
    uint32_t length; /* of what is used of `bytes`, with the head */
    uint32_t large_count;
    uint32_t large_bytes;
    bool begins_file; /* it is the first of the recording's next file */
    gf_large_bytes large[GF_CHUNK_LARGE];
    uint8_t bytes[GF_CHUNK_HEAD + GF_CHUNK_BYTES];
} gf_chunk;

#endif
