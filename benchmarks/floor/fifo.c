#include "fifo.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK = 1 << 20 };

struct chunk {
    struct chunk *next;
    size_t put, taken; /* bytes */
    _Alignas(job) uint8_t bytes[CHUNK];
};

static size_t room_of(const job *j)
{
    const size_t body = j->large ? 0 : j->size;
    return sizeof *j + (body + _Alignof(job) - 1) / _Alignof(job) * _Alignof(job);
}

static struct chunk *grow(fifo *f)
{
    struct chunk *c = malloc(sizeof *c);
    if (c == NULL)
        abort();
    c->next = NULL;
    c->put = c->taken = 0;
    if (f->last)
        f->last->next = c;
    else
        f->first = c;
    return f->last = c;
}

void fifo_put(fifo *f, const job *j, const uint8_t *body)
{
    struct chunk *c = f->last;
    if (c == NULL || CHUNK - c->put < room_of(j))
        c = grow(f);
    memcpy(c->bytes + c->put, j, sizeof *j);
    if (j->large == NULL)
        memcpy(c->bytes + c->put + sizeof *j, body, j->size);
    c->put += room_of(j);
}

/* Goes to the next chunk once all of this one was taken. The last one is used again. */
static void shrink(fifo *f)
{
    struct chunk *c = f->first;
    if (c->next) {
        f->first = c->next;
        free(c);
    } else {
        c->put = c->taken = 0;
    }
}

bool fifo_is_empty(const fifo *f)
{
    return f->first == NULL || (f->first->taken == f->first->put && f->first->next == NULL);
}

const job *fifo_take(fifo *f)
{
    if (fifo_is_empty(f))
        return NULL;
    if (f->first->taken == f->first->put)
        shrink(f);
    struct chunk *c = f->first;
    const job *j = (const job *)(const void *)(c->bytes + c->taken);
    c->taken += room_of(j);
    return j;
}
