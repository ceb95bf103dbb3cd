/* Jobs that workers of other threads were given, on their way to the thread of the client that submitted
 * them. */
#ifndef LOAD_MAILBOX_H
#define LOAD_MAILBOX_H

#include <pthread.h>
#include <stdint.h>

typedef struct letter {
    uint32_t client, slot;
} letter;

typedef struct mailbox {
    pthread_mutex_t lock;
    int bell; /* eventfd: readable when there are letters */
    letter *letters;
    uint32_t count, capacity;
} mailbox;

void mailbox_init(mailbox *m);
void mailbox_free(mailbox *m);

/* Any thread may call it. */
void mailbox_post(mailbox *m, letter l);

/* The owner takes all letters: how many; it frees `letters`, which is NULL when there are none. */
uint32_t mailbox_take(mailbox *m, letter **letters);

#endif
