#include "report.h"

#include <stdio.h>

static double each(double total, uint64_t count)
{
    return count ? total / (double)count : 0;
}

static double microseconds(uint64_t nanoseconds)
{
    return (double)nanoseconds / 1e3;
}

static double rate(const result *r)
{
    return r->seconds > 0 ? (double)r->jobs / r->seconds : 0;
}

static void print_phase(const result *r)
{
    const histogram *h = &r->latencies;
    printf("%-12s %10llu %9.3f %10.0f %9.1f %9.1f %9.1f %9.1f", r->phase, (unsigned long long)r->jobs,
           r->seconds, rate(r), microseconds(histogram_percentile(h, 0.5)),
           microseconds(histogram_percentile(h, 0.99)), microseconds(histogram_percentile(h, 0.999)),
           microseconds(h->max));
    if (r->server.count > 0) {
        const thread_use all = process_total(&r->server);
        printf(" %10.3f %9.3f %9.1f %9.1f", each(microseconds(all.cpu), r->jobs),
               each((double)(all.waited + all.preempted), r->jobs), (double)r->before.resident / 1e6,
               (double)r->server.resident / 1e6);
    }
    printf(" %9.3f\n", each(microseconds(r->own_cpu), r->jobs));
    if (r->beside)
        printf("%-12s %10llu\n", "  beside", (unsigned long long)r->beside);
}

static void print_server_threads(const result *r)
{
    for (unsigned i = 0; i < r->server.count; i++) {
        const thread_use *t = &r->server.threads[i];
        printf("  %-10s server thread %-15s %8.3f s, %8.3f us a job, %llu waits, %llu preemptions\n",
               r->phase, t->name, (double)t->cpu / 1e9, each(microseconds(t->cpu), r->jobs),
               (unsigned long long)t->waited, (unsigned long long)t->preempted);
    }
}

static void print_table(const options *o, const result *results, unsigned count)
{
    printf("%s on %s:%u (%s), latencies and times of processors in microseconds, memory in MB\n", o->scenario,
           o->host, o->port, o->dialect->name);
    printf("%-12s %10s %9s %10s %9s %9s %9s %9s", "phase", "jobs", "seconds", "jobs/s", "p50", "p99", "p99.9",
           "max");
    if (o->pid)
        printf(" %10s %9s %9s %9s", "server/job", "switches", "RSS from", "RSS to");
    printf(" %9s\n", "load/job");
    for (unsigned i = 0; i < count; i++)
        print_phase(&results[i]);
    for (unsigned i = 0; i < count; i++)
        print_server_threads(&results[i]);
}

static void json_latencies(const histogram *h)
{
    printf("\"latency_us\": {\"count\": %llu, \"mean\": %.3f, \"p50\": %.3f, \"p90\": %.3f, \"p99\": %.3f, "
           "\"p99.9\": %.3f, \"max\": %.3f}",
           (unsigned long long)h->count, histogram_mean(h) / 1e3, microseconds(histogram_percentile(h, 0.5)),
           microseconds(histogram_percentile(h, 0.9)), microseconds(histogram_percentile(h, 0.99)),
           microseconds(histogram_percentile(h, 0.999)), microseconds(h->max));
}

static void json_server(const result *r)
{
    printf("\"server\": {\"rss_before\": %llu, \"rss_after\": %llu, \"threads\": [",
           (unsigned long long)r->before.resident, (unsigned long long)r->server.resident);
    for (unsigned i = 0; i < r->server.count; i++) {
        const thread_use *t = &r->server.threads[i];
        printf("%s{\"name\": \"%s\", \"cpu_seconds\": %.6f, \"waits\": %llu, \"preemptions\": %llu}",
               i ? ", " : "", t->name, (double)t->cpu / 1e9, (unsigned long long)t->waited,
               (unsigned long long)t->preempted);
    }
    printf("]}");
}

static void json_phase(const result *r)
{
    printf("{\"phase\": \"%s\", \"jobs\": %llu, \"beside\": %llu, \"seconds\": %.6f, \"load_cpu_seconds\": "
           "%.6f, ",
           r->phase, (unsigned long long)r->jobs, (unsigned long long)r->beside, r->seconds,
           (double)(r->own_cpu + r->apart_cpu) / 1e9);
    json_latencies(&r->latencies);
    if (r->server.count > 0) {
        printf(", ");
        json_server(r);
    }
    printf("}");
}

void report(const options *o, const result *results, unsigned count)
{
    if (!o->json) {
        print_table(o, results, count);
        return;
    }
    printf("{\"scenario\": \"%s\", \"phases\": [", o->scenario);
    for (unsigned i = 0; i < count; i++) {
        printf("%s", i ? ", " : "");
        json_phase(&results[i]);
    }
    printf("]}\n");
}
