#include "buffer.h"

#include <stdlib.h>

#include "fail.h"

enum { SMALLEST = 4096, KEPT = 1 << 20 };

static void grow(buffer *b, size_t needed)
{
    size_t capacity = b->capacity ? b->capacity : SMALLEST;
    while (capacity < needed)
        capacity *= 2;
    uint8_t *bytes = realloc(b->bytes, capacity);
    if (bytes == NULL)
        fail_system("memory for a connection");
    b->bytes = bytes;
    b->capacity = capacity;
}

uint8_t *buffer_room(buffer *b, size_t size)
{
    /* Only when at least as much is gained as is moved: else a long queue would be moved again and again. */
    if (b->capacity - b->end < size && b->start > 0 && b->start >= b->end - b->start) {
        memmove(b->bytes, b->bytes + b->start, b->end - b->start);
        b->end -= b->start;
        b->start = 0;
    }
    if (b->capacity - b->end < size)
        grow(b, b->end + size);
    return b->bytes + b->end;
}

void buffer_taken(buffer *b, size_t size)
{
    b->start += size;
    if (b->start < b->end)
        return;
    b->start = b->end = 0;
    if (b->capacity > KEPT)
        buffer_free(b);
}

void buffer_free(buffer *b)
{
    free(b->bytes);
    *b = (buffer){0};
}
