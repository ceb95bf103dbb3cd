#include "thread.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "client.h"
#include "clock.h"
#include "fail.h"
#include "ledger.h"
#include "peer.h"

enum {
    SCRATCH = 256 * 1024,
    BATCH = 256,
    LONGEST_SLEEP = 5000000 /* ns: other threads end the phase, too */
};

void thread_init(thread *t, run *r, uint32_t index)
{
    struct epoll_event letters = {.events = EPOLLIN, .data.ptr = NULL};
    *t = (thread){
        .run = r, .index = index, .poller = epoll_create1(EPOLL_CLOEXEC), .scratch = malloc(SCRATCH)};
    if (t->poller < 0 || t->scratch == NULL)
        fail_system("a thread's poller");
    mailbox_init(&t->mail);
    if (epoll_ctl(t->poller, EPOLL_CTL_ADD, t->mail.bell, &letters) < 0)
        fail_system("epoll_ctl");
}

void thread_free(thread *t)
{
    close(t->poller);
    free(t->scratch);
    mailbox_free(&t->mail);
}

static void read_mail(thread *t)
{
    letter *letters;
    const uint32_t count = mailbox_take(&t->mail, &letters);
    for (uint32_t i = 0; i < count; i++)
        client_job_worked(t->run->clients[letters[i].client], letters[i].slot);
    free(letters);
}

static struct timespec patience(const thread *t)
{
    const uint64_t now = clock_ns(), next = t->idle_first ? pace_next(&t->pace) : NEVER;
    const uint64_t wanted = next <= now ? 0 : next - now;
    return (struct timespec){.tv_nsec = (long)(wanted < LONGEST_SLEEP ? wanted : LONGEST_SLEEP)};
}

/* One turn: what is ready, then what is due, each answered at once. */
static void turn(thread *t)
{
    struct epoll_event ready[BATCH];
    const struct timespec timeout = patience(t);
    const int count = epoll_pwait2(t->poller, ready, BATCH, &timeout, NULL);
    if (count < 0 && errno != EINTR)
        fail_system("epoll_pwait2");
    for (int i = 0; i < count; i++) {
        if (ready[i].data.ptr)
            peer_event(ready[i].data.ptr, ready[i].events);
        else
            read_mail(t);
        clients_submit(t);
        peers_send(t);
    }
    clients_submit(t);
    peers_send(t);
}

static uint64_t read_counter(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

typedef struct totals {
    uint64_t asked, answered, owed, worked;
    bool is_exhausted;
} totals;

static totals sum(const run *r)
{
    totals all = {.is_exhausted = true};
    for (uint32_t i = 0; i < r->thread_count; i++) {
        const counters *c = &r->threads[i].counters;
        if (!atomic_load_explicit(&c->is_exhausted, memory_order_relaxed))
            all.is_exhausted = false;
        all.asked += read_counter(&c->asked);
        all.answered += read_counter(&c->answered);
        all.owed += read_counter(&c->owed);
        all.worked += read_counter(&c->worked);
    }
    return all;
}

static bool is_over(const run *r)
{
    const totals all = sum(r);
    return all.is_exhausted && all.asked == all.answered &&
           (!r->phase->is_worked || all.owed == all.worked) &&
           atomic_load_explicit(&r->busy, memory_order_relaxed) == 0;
}

/* The step that some job has not taken though it should have. */
static ledger_step missing_step(const run *r, const totals *all)
{
    const peer_kind *first = r->phase->groups[0].kind;
    if (r->phase->is_worked && all->worked < all->owed)
        return LEDGER_ASSIGNED;
    return first && first->is_foreground ? LEDGER_ANSWERED : LEDGER_CREATED;
}

static void check_deadline(const run *r)
{
    if (clock_ns() < r->deadline)
        return;
    const totals all = sum(r);
    if (all.asked == all.answered && all.owed == all.worked)
        fail(EXIT_LATE, "%s: after %g s somebody still waits for an echo", r->phase->name,
             r->options->deadline);
    fail(EXIT_LATE,
         "%s: after %g s %llu of %llu were answered, workers had %llu of %llu jobs; the first that is "
         "missing is "
         "job %llu of %llu",
         r->phase->name, r->options->deadline, (unsigned long long)all.answered,
         (unsigned long long)all.asked, (unsigned long long)all.worked, (unsigned long long)all.owed,
         (unsigned long long)ledger_first_missing(missing_step(r, &all)),
         (unsigned long long)ledger_submitted());
}

/* The thread's share of `whole`. */
static uint64_t share(uint64_t whole, uint32_t count, uint32_t index)
{
    return whole / count + (index < whole % count);
}

static void set_pace(thread *t)
{
    const run *r = t->run;
    const phase *what = r->phase;
    const uint32_t count = r->measured_count;
    t->pace = (pace){.start = r->start, .end = NEVER};
    if (!is_apart(t))
        t->pace.jobs = share(what->jobs, count, t->index);
    if (what->seconds > 0)
        t->pace.end = r->start + (uint64_t)(what->seconds * 1e9);
    if (what->rate > 0)
        t->pace.interval = 1e9 * count / what->rate;
    if (what->while_busy)
        t->pace.busy = &r->busy;
}

static void open_group(thread *t, const group *g)
{
    const run *r = t->run;
    const uint32_t first = g->is_apart ? r->measured_count : 0;
    const uint32_t count = g->is_apart ? r->thread_count - first : first + r->measured_count;
    if (is_apart(t) != g->is_apart)
        return;
    for (uint32_t index = t->index - first; index < g->count; index += count) {
        peer *p = peer_new(t, g->kind, index);
        t->peers[t->peer_count++] = p;
        if (g->kind->greet) {
            t->not_ready++;
            peer_connect(p);
            g->kind->greet(p);
        }
    }
}

void thread_open(thread *t)
{
    const phase *what = t->run->phase;
    const size_t groups = sizeof what->groups / sizeof *what->groups;
    size_t most = 0;
    for (size_t i = 0; i < groups; i++)
        most += what->groups[i].count;
    t->peers = calloc(most + 1, sizeof(peer *));
    if (t->peers == NULL)
        fail_system("memory for peers");
    for (size_t i = 0; i < groups; i++)
        if (what->groups[i].kind)
            open_group(t, &what->groups[i]);
    for (peers_send(t); t->not_ready > 0; turn(t))
        check_deadline(t->run);
}

void thread_work(thread *t)
{
    set_pace(t);
    for (uint32_t i = 0; i < t->peer_count; i++)
        t->peers[i]->kind->start(t->peers[i]);
    clients_submit(t);
    for (peers_send(t); !is_over(t->run); turn(t))
        check_deadline(t->run);
}

static bool can_settle(const peer *p)
{
    return !p->kind->may_wait || p->thread->run->options->dialect->has_sleep;
}

void thread_close(thread *t)
{
    for (uint32_t i = 0; i < t->peer_count; i++) {
        if (can_settle(t->peers[i])) {
            t->not_settled++;
            peer_settle(t->peers[i]);
        }
    }
    for (peers_send(t); t->not_settled > 0; turn(t))
        check_deadline(t->run);
    for (uint32_t i = 0; i < t->peer_count; i++)
        peer_close(t->peers[i]);
    free(t->peers);
    t->peer_count = 0;
    t->peers = NULL;
    t->idle_first = NULL;
}
