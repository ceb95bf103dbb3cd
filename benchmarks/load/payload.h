/* What a job carries: a stamp that says which job it is, then filling that follows from the stamp.
 *
 * Whoever receives it can tell that not a byte was changed, without having seen what was sent. */
#ifndef LOAD_PAYLOAD_H
#define LOAD_PAYLOAD_H

#include <stdbool.h>

#include "buffer.h"

typedef struct stamp {
    uint64_t number; /* of the job, counted over all clients */
    uint64_t sent;   /* when it was or should have been submitted, as clock_ns */
    uint32_t client;
    uint32_t slot; /* the client's own note of it */
} stamp;

enum {
    PAYLOAD_LEAST = sizeof(stamp),
    UNIQUE_LENGTH = 36, /* as long as the unique keys that libgearman makes */
};

/* Once, before any other: `largest` is the longest payload or filling. */
void payload_init(size_t largest);

/* Writes `size` bytes, at least PAYLOAD_LEAST. */
void payload_write(uint8_t *to, const stamp *s, size_t size);

/* Whether `data` is a whole payload of `size` bytes; then `found` is its stamp. */
bool payload_read(span data, size_t size, stamp *found);

/* Filling without a stamp, for what is too large to be one payload: any part of an endless pattern. */
const uint8_t *payload_filling(uint64_t position);

/* The unique key of a job: different for every number. */
void payload_unique(char to[UNIQUE_LENGTH], uint64_t number);

#endif
