#include "storm.h"

#include <stdio.h>

#include "clock.h"
#include "peer.h"

typedef struct stormer {
    peer peer;
    uint64_t began;
    uint32_t rounds; /* done */
    bool is_done;
} stormer;

static const span question = {(const uint8_t *)"are you there?", 14};

static const options *options_of(const peer *p)
{
    return p->thread->run->options;
}

static void open_stormer(peer *p)
{
    p->is_ready = true;
}

static void begin(peer *p)
{
    ((stormer *)p)->began = clock_ns();
    if (p->link.fd < 0)
        peer_connect(p);
    counter_add(&p->thread->counters.asked, 1);
}

static void ask(peer *p)
{
    options_of(p)->dialect->echo(&p->link.out, question);
    peer_touch(p);
}

/* Takes the echo; nothing else may come. */
static stormer *finish_round(peer *p, const answer *found)
{
    stormer *s = (stormer *)p;
    if (found->kind != ANSWER_ECHO || s->is_done)
        peer_surprised(p, found);
    counter_add(&p->thread->counters.answered, 1);
    p->thread->last = p->thread->now;
    s->rounds++;
    return s;
}

static void start_connector(peer *p)
{
    begin(p);
    ask(p);
}

static void connector_answered(peer *p, const answer *found)
{
    stormer *s = finish_round(p, found);
    s->is_done = true;
    histogram_add(&p->thread->latencies, p->thread->now - s->began);
}

/* What each of them says. Made once: to make it for all of them would keep a core from who is measured. */
static span registrations(const options *o)
{
    static buffer said; /* of the one thread that stands apart */
    char name[32];
    if (said.end > 0)
        return buffer_content(&said);
    for (uint64_t i = 0; i < o->bulk; i++) {
        const int length = snprintf(name, sizeof name, "storm%llu", (unsigned long long)i);
        o->dialect->register_function(&said, (span){(const uint8_t *)name, (size_t)length});
    }
    return buffer_content(&said);
}

static void start_registrar(peer *p)
{
    const span said = registrations(options_of(p));
    begin(p);
    buffer_put(&p->link.out, said.at, said.length);
    ask(p);
}

static void registrar_answered(peer *p, const answer *found)
{
    stormer *s = finish_round(p, found);
    s->is_done = s->rounds == options_of(p)->rounds;
    if (s->is_done)
        atomic_fetch_sub(&p->thread->run->busy, 1);
    else
        peer_reconnect(p);
}

const peer_kind connector = {
    .name = "connection",
    .size = sizeof(stormer),
    .open = open_stormer,
    .start = start_connector,
    .answered = connector_answered,
};
const peer_kind registrar = {
    .name = "registering worker",
    .size = sizeof(stormer),
    .is_busy = true,
    .open = open_stormer,
    .start = start_registrar,
    .answered = registrar_answered,
};
