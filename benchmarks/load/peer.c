#include "peer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "clock.h"
#include "fail.h"

enum { SCRATCH = 256 * 1024 };

static const span last_words = {(const uint8_t *)"is that all?", 12};

void peer_fail(const peer *p, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fail(EXIT_WRONG, "%s %u %s", p->kind->name, p->index, text);
}

void peer_surprised(const peer *p, const answer *found)
{
    static const char *const names[] = {"nothing", "an echo",   "a job's handle",     "a job",
                                        "no job",  "a wake-up", "a part of a result", "a result"};
    peer_fail(p, "got %s that it was not waiting for", names[found->kind]);
}

peer *peer_new(thread *t, const peer_kind *kind, uint32_t index)
{
    peer *p = calloc(1, kind->size);
    if (p == NULL)
        fail_system("memory for a peer");
    p->kind = kind;
    p->thread = t;
    p->index = index;
    p->link.fd = -1;
    kind->open(p);
    return p;
}

void peer_close(peer *p)
{
    connection_close(&p->link);
    if (p->kind->close)
        p->kind->close(p);
    free(p);
}

static void poll_for(peer *p, int operation, bool output)
{
    struct epoll_event wanted = {.events = EPOLLIN | (output ? EPOLLOUT : 0u), .data.ptr = p};
    if (epoll_ctl(p->thread->poller, operation, p->link.fd, &wanted) < 0)
        fail_system("epoll_ctl");
    p->wants_output = output;
}

void peer_connect(peer *p)
{
    connection_open(&p->link, &p->thread->run->address);
    poll_for(p, EPOLL_CTL_ADD, true);
}

void peer_reconnect(peer *p)
{
    p->reopens = true;
}

void peer_touch(peer *p)
{
    if (p->is_touched)
        return;
    p->is_touched = true;
    p->next_touched = p->thread->touched;
    p->thread->touched = p;
}

void peer_settle(peer *p)
{
    p->is_settling = true;
    p->thread->run->options->dialect->echo(&p->link.out, last_words);
    peer_touch(p);
}

static bool is_last_word(const peer *p, const answer *found)
{
    if (!p->thread->run->options->dialect->has_functions)
        return true;
    return found->data.length == last_words.length &&
           memcmp(found->data.at, last_words.at, last_words.length) == 0;
}

static void settle(peer *p, const answer *found)
{
    if (p->is_settled || !is_last_word(p, found))
        peer_surprised(p, found);
    p->is_settled = true;
    p->thread->not_settled--;
}

static void listen_to(peer *p, const answer *found)
{
    if (found->kind == ANSWER_NOTHING)
        return;
    if (found->kind == ANSWER_REFUSED)
        peer_fail(p, "was refused: %.*s", (int)found->data.length, (const char *)found->data.at);
    if (p->is_settling && found->kind == ANSWER_ECHO) {
        settle(p, found);
    } else if (!p->is_ready && found->kind == ANSWER_ECHO) {
        p->is_ready = true;
        p->thread->not_ready--;
    } else if (!p->is_ready) {
        peer_surprised(p, found);
    } else {
        p->kind->answered(p, found);
    }
}

/* How many bytes of `input` were whole answers. */
static size_t read_answers(peer *p, span input)
{
    const dialect *language = p->thread->run->options->dialect;
    size_t taken = 0;
    answer found;
    for (;;) {
        const span rest = {input.at + taken, input.length - taken};
        const ssize_t size = language->parse(rest, &found, &p->link.wanted);
        if (size < 0)
            peer_fail(p, "got bytes that are no answer");
        if (size == 0)
            return taken;
        taken += (size_t)size;
        listen_to(p, &found);
    }
}

static void receive(peer *p)
{
    const span input = connection_receive(&p->link, p->thread->scratch, SCRATCH);
    if (input.at == NULL)
        peer_fail(p, "was hung up on: %s", p->link.error ? strerror(p->link.error) : "without an error");
    p->thread->now = clock_ns();
    if (input.length > 0)
        connection_keep(&p->link, input, read_answers(p, input));
}

static void connect_anew(peer *p)
{
    p->reopens = false;
    connection_close(&p->link);
    peer_connect(p);
    p->kind->start(p);
}

void peer_event(peer *p, uint32_t events)
{
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        receive(p);
    if (events & EPOLLOUT)
        peer_touch(p);
    if (p->reopens)
        connect_anew(p);
}

void peers_send(thread *t)
{
    while (t->touched) {
        peer *p = t->touched;
        t->touched = p->next_touched;
        const bool more = p->kind->refill && p->kind->refill(p);
        p->is_touched = false;
        const bool rest = !connection_send(&p->link) || more;
        if (rest != p->wants_output)
            poll_for(p, EPOLL_CTL_MOD, rest);
    }
}
