#include "large.h"

#include "functions.h"
#include "gearman.h"
#include "ledger.h"
#include "payload.h"
#include "peer.h"

enum { LONGEST_HANDLE = 128 };

typedef struct large {
    peer peer;
    /* of the client */
    uint32_t rounds;   /* done */
    stamp job;         /* the one in flight */
    uint64_t received; /* bytes of its result */
    /* of the worker */
    uint64_t unsent; /* bytes of the result that are not in `out` yet */
    size_t handle_size;
    uint8_t handle[LONGEST_HANDLE];
} large;

static const options *options_of(const peer *p)
{
    return p->thread->run->options;
}

static void open_large(peer *p)
{
    (void)p;
}

static void ask_echo(peer *p)
{
    options_of(p)->dialect->echo(&p->link.out, (span){(const uint8_t *)"here", 4});
    peer_touch(p);
}

static void submit_large(large *l)
{
    l->job = (stamp){.number = ledger_next()};
    l->received = 0;
    const submit job = {.stamp = &l->job,
                        .size = PAYLOAD_LEAST,
                        .function = function_name(FUNCTION_ASIDE),
                        .is_foreground = true};
    options_of(&l->peer)->dialect->submit(&l->peer.link.out, &job);
    counter_add(&l->peer.thread->counters.asked, 1);
    peer_touch(&l->peer);
}

static void start_client(peer *p)
{
    submit_large((large *)p);
}

/* The next bytes of the result must be the next bytes of the filling. */
static void check_part(large *l, span part)
{
    const uint64_t size = options_of(&l->peer)->bulk;
    if (part.length > size - l->received)
        peer_fail(&l->peer, "got more than the whole result");
    if (memcmp(part.at, payload_filling(l->received), part.length) != 0)
        peer_fail(&l->peer, "got a changed part of the result");
    l->received += part.length;
}

static void end_result(large *l, const answer *found)
{
    if (l->received < options_of(&l->peer)->bulk)
        peer_fail(&l->peer, "got the end of the result after %llu bytes", (unsigned long long)l->received);
    ledger_answered(l->job.number, found->handle);
    counter_add(&l->peer.thread->counters.answered, 1);
    if (++l->rounds < options_of(&l->peer)->rounds)
        submit_large(l);
    else
        atomic_fetch_sub(&l->peer.thread->run->busy, 1);
}

static void client_answered(peer *p, const answer *found)
{
    large *l = (large *)p;
    if (found->kind == ANSWER_CREATED) {
        ledger_created(l->job.number, found->handle);
    } else if (found->kind == ANSWER_PART || found->kind == ANSWER_RESULT) {
        check_part(l, found->data);
        if (found->kind == ANSWER_RESULT)
            end_result(l, found);
    } else {
        peer_surprised(p, found);
    }
}

static void greet_worker(peer *p)
{
    options_of(p)->dialect->register_function(&p->link.out, function_name(FUNCTION_ASIDE));
    ask_echo(p);
}

static void ask_job(peer *p)
{
    options_of(p)->dialect->grab(&p->link.out);
    peer_touch(p);
}

/* A part at a time: what is made ahead is memory to be had from the system, on a core that others need. */
static bool add_part(peer *p)
{
    large *l = (large *)p;
    const options *o = options_of(p);
    if (l->unsent == 0 || buffer_content(&p->link.out).length > 0)
        return l->unsent > 0;
    const uint64_t size = l->unsent < o->chunk ? l->unsent : o->chunk;
    gearman_result(&p->link.out, (span){l->handle, l->handle_size}, payload_filling(o->bulk - l->unsent),
                   size, size == l->unsent);
    l->unsent -= size;
    if (l->unsent == 0)
        ask_job(p);
    return l->unsent > 0;
}

static void begin_result(large *l, span handle)
{
    if (handle.length > sizeof l->handle)
        peer_fail(&l->peer, "was given a handle of %zu bytes", handle.length);
    memcpy(l->handle, handle.at, handle.length);
    l->handle_size = handle.length;
    l->unsent = options_of(&l->peer)->bulk;
    peer_touch(&l->peer);
}

static void work(peer *p, const answer *found)
{
    stamp job;
    if (!payload_read(found->data, PAYLOAD_LEAST, &job))
        peer_fail(p, "was given a workload that was not submitted in this run");
    ledger_assigned(job.number, found->handle);
    begin_result((large *)p, found->handle);
}

static void worker_answered(peer *p, const answer *found)
{
    if (found->kind == ANSWER_ASSIGNED) {
        work(p, found);
    } else if (found->kind == ANSWER_NO_JOB) {
        options_of(p)->dialect->sleep(&p->link.out);
        peer_touch(p);
    } else if (found->kind == ANSWER_WAKE) {
        ask_job(p);
    } else {
        peer_surprised(p, found);
    }
}

const peer_kind large_client = {
    .name = "client of the large job",
    .size = sizeof(large),
    .is_busy = true,
    .open = open_large,
    .greet = ask_echo,
    .start = start_client,
    .answered = client_answered,
};
const peer_kind large_worker = {
    .name = "worker of the large job",
    .size = sizeof(large),
    .may_wait = true,
    .open = open_large,
    .greet = greet_worker,
    .start = ask_job,
    .refill = add_part,
    .answered = worker_answered,
};
