#include "worker.h"

#include "client.h"
#include "clock.h"
#include "functions.h"
#include "ledger.h"
#include "payload.h"
#include "peer.h"

typedef struct worker {
    peer peer;
    uint32_t first_function; /* and as many as functions_per_worker behind it, round the end */
    bool is_asking, is_asleep;
    uint64_t asked; /* when */
} worker;

static const dialect *language_of(const worker *w)
{
    return w->peer.thread->run->options->dialect;
}

static void open_worker(peer *p)
{
    const options *o = p->thread->run->options;
    ((worker *)p)->first_function = p->index * o->functions_per_worker % o->functions;
}

static void greet(peer *p)
{
    const worker *w = (worker *)p;
    const options *o = p->thread->run->options;
    for (uint32_t i = 0; i < o->functions_per_worker; i++)
        o->dialect->register_function(&p->link.out, function_name((w->first_function + i) % o->functions));
    o->dialect->echo(&p->link.out, (span){(const uint8_t *)"here", 4});
    peer_touch(p);
}

static void ask(worker *w)
{
    language_of(w)->grab(&w->peer.link.out);
    w->is_asking = true;
    w->asked = w->peer.thread->now;
    peer_touch(&w->peer);
}

static void start(peer *p)
{
    p->thread->now = clock_ns();
    ask((worker *)p);
}

static void check_function(const worker *w, const answer *found, uint64_t number)
{
    const options *o = w->peer.thread->run->options;
    const uint32_t function = function_of_job(number);
    const span name = function_name(function);
    if (found->function.length != name.length || memcmp(found->function.at, name.at, name.length) != 0)
        peer_fail(&w->peer, "was given job %llu under another function", (unsigned long long)number);
    if ((function + o->functions - w->first_function) % o->functions >= o->functions_per_worker)
        peer_fail(&w->peer, "was given a job of %.*s, which it cannot do", (int)name.length,
                  (const char *)name.at);
}

static void check_unique(const worker *w, const answer *found, uint64_t number)
{
    char unique[UNIQUE_LENGTH];
    const size_t length = w->peer.thread->run->options->uniques ? UNIQUE_LENGTH : 0;
    payload_unique(unique, number);
    if (found->unique.length != length || (length && memcmp(found->unique.at, unique, length) != 0))
        peer_fail(&w->peer, "was given job %llu under another unique key", (unsigned long long)number);
}

static stamp check(const worker *w, const answer *found)
{
    stamp read;
    if (!payload_read(found->data, w->peer.thread->run->options->payload, &read))
        peer_fail(&w->peer, "was given a workload that was not submitted in this run");
    ledger_assigned(read.number, found->handle);
    if (language_of(w)->has_functions) {
        check_function(w, found, read.number);
        check_unique(w, found, read.number);
    }
    return read;
}

/* Tells the client that waits for this before it submits more. */
static void tell_client(const worker *w, const stamp *job)
{
    const thread *t = w->peer.thread;
    client *c = t->run->clients[job->client];
    if (c == NULL || !c->peer.kind->is_held)
        return;
    if (c->peer.thread == t)
        client_job_worked(c, job->slot);
    else
        mailbox_post(&c->peer.thread->mail, (letter){job->client, job->slot});
}

static void count_job(const worker *w, const stamp *job)
{
    thread *t = w->peer.thread;
    const measure what = t->run->phase->measure;
    counter_add(&t->counters.worked, 1);
    t->last = t->now;
    if (what == MEASURE_GRABS)
        histogram_add(&t->latencies, t->now - w->asked);
    if (what == MEASURE_DELIVERY)
        histogram_add(&t->latencies, t->now - job->sent);
}

static void work(worker *w, const answer *found)
{
    const stamp job = check(w, found);
    language_of(w)->finish(&w->peer.link.out, found);
    count_job(w, &job);
    tell_client(w, &job);
    ask(w);
}

static void fall_asleep(worker *w)
{
    language_of(w)->sleep(&w->peer.link.out);
    w->is_asleep = true;
    peer_touch(&w->peer);
}

static void answered(peer *p, const answer *found)
{
    worker *w = (worker *)p;
    const bool was_asking = w->is_asking, was_asleep = w->is_asleep;
    w->is_asking = w->is_asleep = false;
    if (found->kind == ANSWER_ASSIGNED && was_asking && !p->is_settling)
        work(w, found);
    else if (found->kind == ANSWER_WAKE && was_asleep && p->is_settling)
        return;
    else if (found->kind == ANSWER_WAKE && was_asleep)
        ask(w);
    else if (found->kind == ANSWER_NO_JOB && was_asking && p->is_settling)
        return;
    else if (found->kind == ANSWER_NO_JOB && was_asking)
        fall_asleep(w);
    else
        peer_surprised(p, found);
}

const peer_kind plain_worker = {
    .name = "worker",
    .size = sizeof(worker),
    .may_wait = true,
    .open = open_worker,
    .greet = greet,
    .start = start,
    .answered = answered,
};
