#define _GNU_SOURCE
#include "gf_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

static bool would_block(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK;
}

ssize_t gf_socket_receive(int fd, const struct iovec *into, int count)
{
    ssize_t received;
    do
        received = count == 1 ? recv(fd, into->iov_base, into->iov_len, 0) : readv(fd, into, count);
    while (received < 0 && errno == EINTR);
    if (received >= 0)
        return received;
    return would_block(errno) ? GF_AGAIN : GF_ESYS;
}

ssize_t gf_socket_send(int fd, struct iovec *from, int count)
{
    struct msghdr message = {.msg_iov = from, .msg_iovlen = (size_t)count};
    ssize_t sent;
    do
        sent = count == 1 ? send(fd, from->iov_base, from->iov_len, MSG_NOSIGNAL)
                          : sendmsg(fd, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent >= 0)
        return sent;
    return would_block(errno) ? GF_AGAIN : GF_ESYS;
}

void gf_socket_discard(int fd, void *scratch, uint32_t size)
{
    enum { ROUNDS = 16 };
    for (int i = 0; i < ROUNDS && recv(fd, scratch, size, MSG_DONTWAIT) > 0; i++)
        continue;
}

static uint32_t put_address(const struct sockaddr_storage *from, char address[GF_ADDRESS_MAX])
{
    const void *host = NULL;
    if (from->ss_family == AF_INET)
        host = &((const struct sockaddr_in *)(const void *)from)->sin_addr;
    else if (from->ss_family == AF_INET6)
        host = &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr;
    if (host == NULL || inet_ntop(from->ss_family, host, address, GF_ADDRESS_MAX) == NULL)
        strcpy(address, "unix");
    return (uint32_t)strlen(address);
}

int gf_socket_accept(int listener, char address[GF_ADDRESS_MAX], uint32_t *size)
{
    struct sockaddr_storage from = {.ss_family = AF_UNSPEC};
    socklen_t from_size = sizeof from;
    int fd = accept4(listener, (struct sockaddr *)&from, &from_size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
        *size = put_address(&from, address);
        return fd;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
        return GF_FULL;
    return would_block(errno) || errno == EINTR || errno == ECONNABORTED ? GF_AGAIN : GF_ESYS;
}
