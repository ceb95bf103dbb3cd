#include "client.h"

#include <stdlib.h>

#include "clock.h"
#include "fail.h"
#include "functions.h"
#include "ledger.h"
#include "peer.h"

enum { AHEAD = 256 * 1024 }; /* bytes of submits that a greedy client has ready to be sent */

static void open_slots(client *c, uint32_t depth)
{
    c->depth = depth;
    c->slots = calloc(depth, sizeof *c->slots);
    c->order = calloc(depth, sizeof *c->order);
    c->payload = malloc(c->peer.thread->run->options->payload);
    if (c->slots == NULL || c->order == NULL || c->payload == NULL)
        fail_system("memory for a client");
    for (uint32_t i = 0; i < depth; i++)
        c->slots[i].next_free = i + 1;
}

static void open_client(peer *p)
{
    client *c = (client *)p;
    const options *o = p->thread->run->options;
    if (is_apart(p->thread)) {
        open_slots(c, (uint32_t)o->bulk);
        return;
    }
    open_slots(c, o->depth);
    p->thread->run->clients[p->index] = c;
}

static void close_client(peer *p)
{
    client *c = (client *)p;
    free(c->slots);
    free(c->order);
    free(c->payload);
}

static void greet(peer *p)
{
    p->thread->run->options->dialect->echo(&p->link.out, (span){(const uint8_t *)"here", 4});
    peer_touch(p);
}

static void become_idle(client *c)
{
    thread *t = c->peer.thread;
    if (c->is_idle)
        return;
    c->is_idle = true;
    c->next_idle = NULL;
    if (t->idle_first)
        t->idle_last->next_idle = c;
    else
        t->idle_first = c;
    t->idle_last = c;
}

static client *take_idle(thread *t)
{
    client *c = t->idle_first;
    t->idle_first = c->next_idle;
    c->is_idle = false;
    return c;
}

static void start(peer *p)
{
    become_idle((client *)p);
}

static slot *take_slot(client *c)
{
    slot *s = &c->slots[c->free];
    const uint32_t index = c->free;
    c->free = s->next_free;
    uint32_t last = c->order_first + c->order_count++;
    c->order[last < c->depth ? last : last - c->depth] = index;
    *s = (slot){.stamp = {.client = c->peer.index, .slot = index}};
    return s;
}

static slot *oldest(client *c, const answer *found)
{
    if (c->order_count == 0)
        peer_surprised(&c->peer, found);
    slot *s = &c->slots[c->order[c->order_first]];
    c->order_count--;
    if (++c->order_first == c->depth)
        c->order_first = 0;
    return s;
}

static void release(client *c, slot *s)
{
    s->next_free = c->free;
    c->free = (uint32_t)(s - c->slots);
    become_idle(c);
}

/* The job of this slot got the answer by which it is measured. */
static void count_answer(client *c, const slot *s)
{
    thread *t = c->peer.thread;
    counter_add(&t->counters.answered, 1);
    t->last = t->now;
    if (t->run->phase->measure == MEASURE_ANSWERS)
        histogram_add(&t->latencies, t->now - s->stamp.sent);
}

static void put_echo(client *c, const slot *s)
{
    const options *o = c->peer.thread->run->options;
    payload_write(c->payload, &s->stamp, o->payload);
    o->dialect->echo(&c->peer.link.out, (span){c->payload, o->payload});
}

static void put_job(client *c, slot *s)
{
    thread *t = c->peer.thread;
    const options *o = t->run->options;
    char unique[UNIQUE_LENGTH];
    s->stamp.number = ledger_next();
    submit job = {.stamp = &s->stamp, .size = o->payload, .is_foreground = c->peer.kind->is_foreground};
    job.function = function_name(is_apart(t) ? FUNCTION_ASIDE : function_of_job(s->stamp.number));
    if (o->uniques) {
        payload_unique(unique, s->stamp.number);
        job.unique = (span){(const uint8_t *)unique, UNIQUE_LENGTH};
    }
    o->dialect->submit(&c->peer.link.out, &job);
    counter_add(&t->counters.owed, !is_apart(t));
}

static void put_next(client *c, uint64_t moment)
{
    slot *s = take_slot(c);
    s->stamp.sent = moment;
    if (c->peer.kind == &echo_client)
        put_echo(c, s);
    else
        put_job(c, s);
    counter_add(&c->peer.thread->counters.asked, 1);
    peer_touch(&c->peer);
}

void clients_submit(thread *t)
{
    const uint64_t now = clock_ns();
    uint64_t moment;
    while (t->idle_first && pace_take(&t->pace, now, &moment)) {
        client *c = take_idle(t);
        put_next(c, moment);
        if (c->free < c->depth)
            become_idle(c);
    }
    atomic_store_explicit(&t->counters.is_exhausted, pace_exhausted(&t->pace, now), memory_order_relaxed);
}

static void echo_answered(peer *p, const answer *found)
{
    client *c = (client *)p;
    stamp read;
    slot *s = oldest(c, found);
    if (found->kind != ANSWER_ECHO)
        peer_surprised(p, found);
    if (!payload_read(found->data, p->thread->run->options->payload, &read) ||
        memcmp(&read, &s->stamp, sizeof read) != 0)
        peer_fail(p, "got another echo than it asked for");
    count_answer(c, s);
    release(c, s);
}

static slot *created(client *c, const answer *found)
{
    slot *s = oldest(c, found);
    ledger_created(s->stamp.number, found->handle);
    s->is_created = true;
    return s;
}

static void background_answered(peer *p, const answer *found)
{
    client *c = (client *)p;
    if (found->kind != ANSWER_CREATED)
        peer_surprised(p, found);
    slot *s = created(c, found);
    count_answer(c, s);
    if (!p->kind->is_held || s->is_worked)
        release(c, s);
}

void client_job_worked(client *c, uint32_t index)
{
    slot *s = &c->slots[index];
    s->is_worked = true;
    if (s->is_created)
        release(c, s);
}

static void take_result(client *c, const answer *found)
{
    const options *o = c->peer.thread->run->options;
    stamp read;
    if (!payload_read(found->data, o->payload, &read))
        peer_fail(&c->peer, "got a result that is not the workload");
    if (read.client != c->peer.index || read.slot >= c->depth)
        peer_fail(&c->peer, "got the result of a job of client %u", read.client);
    slot *s = &c->slots[read.slot];
    if (memcmp(&read, &s->stamp, sizeof read) != 0 || !s->is_created)
        peer_fail(&c->peer, "got the result of job %llu, which it is not waiting for",
                  (unsigned long long)read.number);
    ledger_answered(read.number, found->handle);
    count_answer(c, s);
    s->is_created = false;
    release(c, s);
}

static void foreground_answered(peer *p, const answer *found)
{
    client *c = (client *)p;
    if (found->kind == ANSWER_CREATED)
        created(c, found);
    else if (found->kind == ANSWER_RESULT)
        take_result(c, found);
    else
        peer_surprised(p, found);
}

static void start_greedy(peer *p)
{
    ((client *)p)->is_flooding = true;
    peer_touch(p);
}

/* As fast as they are taken: what is made ahead is memory to be had from the system, on a core that others
 * need. */
static bool add_greedy(peer *p)
{
    client *c = (client *)p;
    const uint64_t now = clock_ns();
    if (!c->is_flooding)
        return false;
    while (c->free < c->depth && buffer_content(&p->link.out).length < AHEAD)
        put_next(c, now);
    return c->free < c->depth;
}

static void greedy_answered(peer *p, const answer *found)
{
    client *c = (client *)p;
    if (found->kind != ANSWER_CREATED)
        peer_surprised(p, found);
    created(c, found);
    counter_add(&p->thread->counters.answered, 1);
    if (c->order_count == 0 && c->free == c->depth)
        atomic_fetch_sub(&p->thread->run->busy, 1);
}

#define CLIENT                                                                                               \
    .size = sizeof(client), .open = open_client, .close = close_client, .greet = greet, .start = start

const peer_kind echo_client = {CLIENT, .name = "client", .answered = echo_answered};
const peer_kind background_client = {CLIENT, .name = "client", .answered = background_answered};
const peer_kind held_client = {CLIENT, .name = "client", .answered = background_answered, .is_held = true};
const peer_kind foreground_client = {CLIENT, .name = "client", .answered = foreground_answered,
                                     .is_foreground = true};
const peer_kind greedy_client = {
    .name = "greedy client",
    .size = sizeof(client),
    .is_busy = true,
    .open = open_client,
    .close = close_client,
    .greet = greet,
    .start = start_greedy,
    .refill = add_greedy,
    .answered = greedy_answered,
};
