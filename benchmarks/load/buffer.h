/* A byte queue in one piece of memory: bytes enter at the end and leave at the front. */
#ifndef LOAD_BUFFER_H
#define LOAD_BUFFER_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct span {
    const uint8_t *at;
    size_t length;
} span;

typedef struct buffer {
    uint8_t *bytes;
    size_t start, end, capacity;
} buffer;

/* Where the next `size` bytes may be written; count them with buffer_added. */
uint8_t *buffer_room(buffer *b, size_t size);

void buffer_taken(buffer *b, size_t size);
void buffer_free(buffer *b);

static inline span buffer_content(const buffer *b)
{
    return (span){b->bytes + b->start, b->end - b->start};
}

static inline void buffer_added(buffer *b, size_t size)
{
    b->end += size;
}

static inline void buffer_put(buffer *b, const void *bytes, size_t size)
{
    if (size == 0)
        return;
    memcpy(buffer_room(b, size), bytes, size);
    b->end += size;
}

#endif
