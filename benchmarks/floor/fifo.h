/* Jobs in the order in which they came, packed one behind the other in large chunks. */
#ifndef FLOOR_FIFO_H
#define FLOOR_FIFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A packet too large to be copied: it is received into memory of its own and sent from there. */
typedef struct block {
    size_t size, filled; /* bytes of the packet, and how many are there */
    uint8_t packet[];
} block;

typedef struct job {
    uint32_t number;
    int32_t client; /* who waits for the result; negative: nobody */
    size_t size;    /* of the body: function, NUL, unique, NUL, workload */
    block *large;   /* holds the body if it is large; else the body follows the job */
} job;

typedef struct fifo {
    struct chunk *first, *last;
} fifo;

/* `body` is copied, unless the job has a block. */
void fifo_put(fifo *f, const job *j, const uint8_t *body);

/* The oldest job, valid until the next call; NULL: none. */
const job *fifo_take(fifo *f);

bool fifo_is_empty(const fifo *f);

#endif
