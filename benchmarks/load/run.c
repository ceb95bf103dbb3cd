#include <arpa/inet.h>
#include <stdlib.h>

#include "clock.h"
#include "fail.h"
#include "scenario.h"
#include "thread.h"

/* The work of all threads on one scenario. */
typedef struct play {
    run run;
    phase phases[MOST_PHASES];
    unsigned count;
    result *results;
} play;

static uint64_t thread_cpu(const thread *t)
{
    clockid_t clock;
    struct timespec used;
    if (pthread_getcpuclockid(t->id, &clock) != 0 || clock_gettime(clock, &used) < 0)
        fail_system("a thread's clock");
    return (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
}

/* Jobs of the measured threads, or of the others: whatever was asked or worked, whichever is more. */
static uint64_t count_jobs(const run *r, bool apart)
{
    uint64_t answered = 0, worked = 0;
    for (uint32_t i = 0; i < r->thread_count; i++) {
        if (is_apart(&r->threads[i]) != apart)
            continue;
        answered += r->threads[i].counters.answered;
        worked += r->threads[i].counters.worked;
    }
    return r->phase->jobs == 0 && r->phase->is_worked ? worked : answered;
}

static void measure_cpu(const run *r, result *out, bool is_end)
{
    uint64_t cpu[2] = {0, 0};
    for (uint32_t i = 0; i < r->thread_count; i++)
        cpu[is_apart(&r->threads[i])] += thread_cpu(&r->threads[i]);
    out->own_cpu = is_end ? cpu[0] - out->own_cpu : cpu[0];
    out->apart_cpu = is_end ? cpu[1] - out->apart_cpu : cpu[1];
}

static void begin(run *r, result *out)
{
    *out = (result){.phase = r->phase->name, .jobs = count_jobs(r, false), .beside = count_jobs(r, true)};
    process_read(&out->before, r->options->pid);
    measure_cpu(r, out, false);
    r->start = clock_ns();
}

static void end(run *r, result *out)
{
    uint64_t last = r->start;
    measure_cpu(r, out, true);
    process_read(&out->server, r->options->pid);
    process_since(&out->server, &out->before);
    out->jobs = count_jobs(r, false) - out->jobs;
    out->beside = count_jobs(r, true) - out->beside;
    for (uint32_t i = 0; i < r->measured_count; i++) {
        thread *t = &r->threads[i];
        histogram_merge(&out->latencies, &t->latencies);
        t->latencies = (histogram){0};
        if (t->last > last)
            last = t->last;
    }
    out->seconds = (double)(last - r->start) / 1e9;
}

static void prepare(run *r, const phase *next)
{
    r->phase = next;
    r->deadline = clock_ns() + (uint64_t)(r->options->deadline * 1e9);
    r->busy = 0;
    for (size_t i = 0; i < sizeof next->groups / sizeof *next->groups; i++)
        if (next->groups[i].kind && next->groups[i].kind->is_busy)
            r->busy += next->groups[i].count;
    for (uint32_t i = 0; i < r->options->clients; i++)
        r->clients[i] = NULL;
    for (uint32_t i = 0; i < r->thread_count; i++)
        r->threads[i].counters.is_exhausted = false;
}

/* All threads meet; the first one does what only one may do, while the others wait. */
#define TOGETHER(thread, action)                                                                             \
    do {                                                                                                     \
        pthread_barrier_wait(&(thread)->run->barrier);                                                       \
        if ((thread)->index == 0)                                                                            \
            action;                                                                                          \
        pthread_barrier_wait(&(thread)->run->barrier);                                                       \
    } while (0)

static void *play_part(void *argument)
{
    thread *t = argument;
    play *p = (play *)t->run; /* its first member */
    for (unsigned i = 0; i < p->count; i++) {
        TOGETHER(t, prepare(&p->run, &p->phases[i]));
        thread_open(t);
        TOGETHER(t, begin(&p->run, &p->results[i]));
        thread_work(t);
        TOGETHER(t, end(&p->run, &p->results[i]));
        thread_close(t);
    }
    return NULL;
}

static void init_run(run *r, const scenario *s, const options *o)
{
    *r = (run){.options = o, .measured_count = o->threads, .thread_count = o->threads + s->has_apart};
    r->address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(o->port)};
    if (inet_pton(AF_INET, o->host, &r->address.sin_addr) != 1)
        fail(EXIT_USAGE, "%s is no IPv4 address", o->host);
    r->threads = aligned_alloc(_Alignof(thread), r->thread_count * sizeof *r->threads);
    r->clients = calloc(o->clients + 1, sizeof(client *));
    if (r->threads == NULL || r->clients == NULL)
        fail_system("memory for threads");
    pthread_barrier_init(&r->barrier, NULL, r->thread_count);
    for (uint32_t i = 0; i < r->thread_count; i++)
        thread_init(&r->threads[i], r, i);
}

static void free_run(run *r)
{
    for (uint32_t i = 0; i < r->thread_count; i++)
        thread_free(&r->threads[i]);
    pthread_barrier_destroy(&r->barrier);
    free(r->threads);
    free(r->clients);
}

unsigned scenario_run(const scenario *s, const options *o, result *results)
{
    play p = {.results = results};
    p.count = s->phases(o, p.phases);
    init_run(&p.run, s, o);
    for (uint32_t i = 0; i < p.run.thread_count; i++)
        if (pthread_create(&p.run.threads[i].id, NULL, play_part, &p.run.threads[i]) != 0)
            fail(EXIT_SYSTEM, "no thread could be started");
    for (uint32_t i = 0; i < p.run.thread_count; i++)
        pthread_join(p.run.threads[i].id, NULL);
    free_run(&p.run);
    return p.count;
}
