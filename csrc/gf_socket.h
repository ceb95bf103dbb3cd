/* How an I/O thread talks to a connection: everything it reads and writes goes through these. */
#ifndef GF_SOCKET_H
#define GF_SOCKET_H

#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "gf_rc.h"

enum { GF_ADDRESS_MAX = 64, GF_SOCKET_IOV = 64 };

/* Bytes received, 0 at the end of the stream, GF_AGAIN when there is nothing now, GF_ESYS on failure. */
GF_MUST_CHECK ssize_t gf_socket_receive(int fd, const struct iovec *into, int count);

/* Bytes sent, GF_AGAIN when the peer does not take any now, GF_ESYS on failure. */
GF_MUST_CHECK ssize_t gf_socket_send(int fd, struct iovec *from, int count);

/* Reads away what has arrived, so that closing does not reset the connection under an answer sent. */
void gf_socket_discard(int fd, void *scratch, uint32_t size);

/* A connection of this listening socket, non-blocking, and its address as text (`size` bytes, no NUL).
 * GF_AGAIN: none now. GF_FULL: out of descriptors or memory for one. GF_ESYS: anything else. */
GF_MUST_CHECK int gf_socket_accept(int listener, char address[GF_ADDRESS_MAX], uint32_t *size);

#endif
