#include "connection.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fail.h"

/* Bytes sent by one call: a kernel that does not preempt itself keeps the core for all of it, and whoever
 * else is to be measured waits. */
enum { SHARE = 256 * 1024 };

void connection_open(connection *c, const struct sockaddr_in *address)
{
    const int on = 1;
    *c = (connection){.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (c->fd < 0)
        fail_system("socket");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(c->fd, (const struct sockaddr *)address, sizeof *address) < 0 && errno != EINPROGRESS)
        fail_system("connect");
}

void connection_close(connection *c)
{
    if (c->fd >= 0)
        close(c->fd);
    buffer_free(&c->in);
    buffer_free(&c->out);
    c->fd = -1;
}

static bool is_temporary(int error)
{
    return error == EAGAIN || error == EINTR;
}

/* Bytes received to `to`, 0 for none yet, negative when the server hung up. */
static ssize_t receive(connection *c, uint8_t *to, size_t size)
{
    const ssize_t got = recv(c->fd, to, size, 0);
    if (got < 0 && is_temporary(errno))
        return 0;
    if (got < 0 && c->error == 0)
        c->error = errno;
    return got > 0 ? got : -1;
}

span connection_receive(connection *c, uint8_t *scratch, size_t size)
{
    const span kept = buffer_content(&c->in);
    if (kept.length == 0) {
        const ssize_t got = receive(c, scratch, size);
        return got < 0 ? (span){0} : (span){scratch, (size_t)got};
    }
    const size_t missing = c->wanted > kept.length ? c->wanted - kept.length : 0;
    const size_t room = missing > size ? missing : size;
    const ssize_t got = receive(c, buffer_room(&c->in, room), room);
    buffer_added(&c->in, got < 0 ? 0 : (size_t)got);
    return got < 0 ? (span){0} : buffer_content(&c->in);
}

void connection_keep(connection *c, span input, size_t taken)
{
    if (c->in.start != c->in.end)
        buffer_taken(&c->in, taken);
    else
        buffer_put(&c->in, input.at + taken, input.length - taken);
}

bool connection_send(connection *c)
{
    const span rest = buffer_content(&c->out);
    if (rest.length == 0)
        return true;
    const ssize_t sent = send(c->fd, rest.at, rest.length < SHARE ? rest.length : SHARE, MSG_NOSIGNAL);
    if (sent < 0 && !is_temporary(errno))
        c->error = errno; /* told when nothing can be received any more */
    if (sent < 0)
        return false;
    buffer_taken(&c->out, (size_t)sent);
    return (size_t)sent == rest.length;
}
