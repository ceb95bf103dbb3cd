#include "mailbox.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "fail.h"

void mailbox_init(mailbox *m)
{
    *m = (mailbox){.bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    if (m->bell < 0)
        fail_system("eventfd");
    pthread_mutex_init(&m->lock, NULL);
}

void mailbox_free(mailbox *m)
{
    close(m->bell);
    free(m->letters);
    pthread_mutex_destroy(&m->lock);
}

static void ring(int bell)
{
    const uint64_t one = 1;
    if (write(bell, &one, sizeof one) < 0)
        fail_system("eventfd");
}

void mailbox_post(mailbox *m, letter l)
{
    pthread_mutex_lock(&m->lock);
    if (m->count == m->capacity) {
        m->capacity = m->capacity ? 2 * m->capacity : 256;
        m->letters = realloc(m->letters, m->capacity * sizeof *m->letters);
        if (m->letters == NULL)
            fail_system("memory for a mailbox");
    }
    m->letters[m->count++] = l;
    if (m->count == 1)
        ring(m->bell);
    pthread_mutex_unlock(&m->lock);
}

uint32_t mailbox_take(mailbox *m, letter **letters)
{
    uint64_t rung;
    pthread_mutex_lock(&m->lock);
    if (read(m->bell, &rung, sizeof rung) < 0)
        rung = 0;
    const uint32_t count = m->count;
    *letters = m->letters;
    m->letters = NULL;
    m->count = m->capacity = 0;
    pthread_mutex_unlock(&m->lock);
    return count;
}
