#include "scenario.h"

#include "client.h"
#include "large.h"
#include "storm.h"
#include "worker.h"

/* A phase in which clients submit as much as the command line says. */
static phase submitting(const options *o, const char *name, const peer_kind *kind)
{
    phase p = {.name = name, .groups = {{kind, o->clients, false}}, .seconds = o->seconds, .rate = o->rate};
    p.jobs = o->jobs ? o->jobs : UINT64_MAX;
    return p;
}

static phase with_workers(phase p, const options *o)
{
    p.groups[1] = (group){&plain_worker, o->workers, false};
    p.is_worked = true;
    return p;
}

/* Beside it, others keep the server busy; it ends when they do. */
static phase disturbed(phase p, const peer_kind *first, uint32_t first_count, const peer_kind *second)
{
    p.groups[2] = (group){first, first_count, true};
    p.groups[3] = (group){second, second != NULL, true};
    p.jobs = UINT64_MAX;
    p.seconds = 0;
    p.while_busy = true;
    return p;
}

static unsigned echo(const options *o, phase *out)
{
    out[0] = submitting(o, "echo", &echo_client);
    return 1;
}

static unsigned submit_only(const options *o, phase *out)
{
    out[0] = submitting(o, "submit", &background_client);
    return 1;
}

static unsigned drain(const options *o, phase *out)
{
    out[0] = submitting(o, "fill", &background_client);
    out[1] = with_workers((phase){.name = "drain", .measure = MEASURE_GRABS}, o);
    return 2;
}

static unsigned work(const options *o, phase *out)
{
    out[0] = with_workers(submitting(o, "work", &background_client), o);
    out[0].measure = MEASURE_DELIVERY;
    return 1;
}

static unsigned steady(const options *o, phase *out)
{
    out[0] = with_workers(submitting(o, "steady", &held_client), o);
    out[0].measure = MEASURE_DELIVERY;
    return 1;
}

static unsigned foreground(const options *o, phase *out)
{
    out[0] = with_workers(submitting(o, "foreground", &foreground_client), o);
    return 1;
}

static unsigned connections(const options *o, phase *out)
{
    out[0] = (phase){.name = "connections", .groups = {{&connector, o->peers, false}}};
    return 1;
}

static unsigned registrations(const options *o, phase *out)
{
    out[0] = with_workers(submitting(o, "quiet", &foreground_client), o);
    out[1] = disturbed(out[0], &registrar, o->peers, NULL);
    out[1].name = "storm";
    return 2;
}

static unsigned greedy(const options *o, phase *out)
{
    out[0] = with_workers(submitting(o, "quiet", &foreground_client), o);
    out[1] = disturbed(out[0], &greedy_client, 1, NULL);
    out[1].name = "greedy";
    return 2;
}

static unsigned large(const options *o, phase *out)
{
    out[0] = with_workers(submitting(o, "quiet", &foreground_client), o);
    out[1] = disturbed(out[0], &large_client, 1, &large_worker);
    out[1].name = "large";
    return 2;
}

const scenario scenarios[] = {
    {"echo", "clients ask for echoes", true, false, echo},
    {"submit", "clients submit background jobs, nobody works", false, false, submit_only},
    {"drain", "clients submit background jobs, then workers work them off", false, false, drain},
    {"work", "clients submit background jobs while workers work", false, false, work},
    {"steady", "the same, but a job counts as in flight until a worker has it", false, false, steady},
    {"foreground", "clients wait for the results of their jobs", true, false, foreground},
    {"connections", "--peers connections at once, one echo each", true, false, connections},
    {"registrations", "foreground jobs alone, then beside --peers workers registering --bulk functions", true,
     true, registrations},
    {"greedy", "foreground jobs alone, then beside a client that submits --bulk jobs at once", true, true,
     greedy},
    {"large", "foreground jobs alone, then beside --rounds results of --bulk bytes", true, true, large},
};
const unsigned scenario_count = sizeof scenarios / sizeof *scenarios;

const scenario *scenario_named(const char *name)
{
    for (unsigned i = 0; i < scenario_count; i++)
        if (strcmp(scenarios[i].name, name) == 0)
            return &scenarios[i];
    return NULL;
}
