/* A TCP connection that never blocks: bytes received that are no whole answer yet, bytes not sent yet. */
#ifndef LOAD_CONNECTION_H
#define LOAD_CONNECTION_H

#include <netinet/in.h>
#include <stdbool.h>

#include "buffer.h"

typedef struct connection {
    int fd;    /* -1: closed */
    int error; /* why the system gave it up; 0: it did not */
    buffer in, out;
    size_t wanted; /* bytes of the answer at the front of `in`; 0: not known */
} connection;

/* Begins to connect. The descriptor becomes writable when that is done. */
void connection_open(connection *c, const struct sockaddr_in *address);
void connection_close(connection *c);

/* Everything that is unread so far, in `scratch` or in `in`; `at` is NULL when the server hung up. */
span connection_receive(connection *c, uint8_t *scratch, size_t size);

/* After connection_receive: keeps what is left of `input` once `taken` bytes were read. */
void connection_keep(connection *c, span input, size_t taken);

/* Sends a share of `out`; false when that was not all. */
bool connection_send(connection *c);

#endif
