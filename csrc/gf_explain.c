/* `explain`: why a job does not run, or what a function's jobs wait for. Each reason is a line: its name, a
 * tab, a sentence. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "gf_bytes.h"
#include "gf_parts.h"

enum { SENTENCE_MAX = 160, SECOND = 1000 };

/* Most workers and jobs that are looked at: a line must not hold up the others. */
enum { LOOKS_MOST = 100000 };

static void say(gf_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(gf_text *text, const char *format, ...)
{
    char sentence[SENTENCE_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    gf_text_string(text, sentence);
}

static void say_count(gf_text *text, uint64_t count, const char *thing)
{
    say(text, "%llu %s%s", (unsigned long long)count, thing, count == 1 ? "" : "s");
}

static unsigned long long seconds_since(const gf_core *core, uint64_t since)
{
    return (core->now - since) / SECOND;
}

/* A line break in the name that a worker gave itself would end the line, and perhaps the answer. */
static void say_worker(gf_text *text, const gf_peer *worker)
{
    gf_text_bytes(text, worker->address, worker->address_size);
    if (worker->client_id == NULL)
        return;
    gf_text_byte(text, ' ');
    for (const uint8_t *at = worker->client_id; *at != '\0'; at++) {
        char one[GF_ESCAPE_MOST];
        gf_text_bytes(text, one, gf_put_escaped(one, *at));
    }
}

static void say_time(gf_text *text, const gf_core *core, uint64_t due)
{
    char moment[32];
    struct tm at;
    time_t when = (time_t)due;
    if (when < 0 || gmtime_r(&when, &at) == NULL ||
        strftime(moment, sizeof moment, "%Y-%m-%d %H:%M:%S UTC", &at) == 0)
        snprintf(moment, sizeof moment, "second %llu", (unsigned long long)due);
    say(text, "%s, in %lld s", moment, (long long)due - (long long)(core->wall / SECOND));
}

/* --- a function's workers --- */

typedef enum state { BUSY, WOKEN, SILENT, ASLEEP, IDLE, STATES } state;

typedef struct survey {
    uint32_t workers; /* looked at */
    uint32_t count[STATES];
    uint64_t latest[STATES]; /* of these the last moment since when one has been so */
    const gf_peer *one[STATES];
} survey;

/* A worker that fetches several jobs may sleep while it has some: more can be had of it. */
static state state_of(const gf_peer *worker)
{
    switch ((gf_rest)worker->rest) {
    case GF_ASLEEP:
        return ASLEEP;
    case GF_WOKEN:
        return WOKEN;
    case GF_SUSPECT:
        return SILENT;
    case GF_AWAKE:
        break;
    }
    return worker->running != NULL ? BUSY : IDLE;
}

static survey workers_of(const gf_function *function)
{
    survey found = {0};
    const gf_registration *at = function->ring;
    for (; found.workers < function->registrations && found.workers < LOOKS_MOST; at = at->ring_next) {
        const gf_peer *worker = at->peer;
        const state is = state_of(worker);
        const uint64_t since = is == BUSY ? worker->running->place : worker->rested;
        found.workers++;
        found.count[is]++;
        found.one[is] = worker;
        if (since > found.latest[is])
            found.latest[is] = since;
    }
    return found;
}

static void say_busy(gf_text *text, const gf_core *core, const survey *found)
{
    if (found->count[BUSY] == 0)
        return;
    gf_text_string(text, "busy\t");
    if (found->count[BUSY] < found->workers)
        say(text, "%u of ", found->count[BUSY]);
    say_count(text, found->workers, "worker");
    gf_text_string(text, found->workers == 1 ? " is busy" : " are busy");
    say(text, ", since %llu s\n", seconds_since(core, found->latest[BUSY]));
}

static void say_woken(gf_text *text, const gf_core *core, const survey *found, state which)
{
    if (found->count[which] == 0)
        return;
    gf_text_string(text, which == WOKEN ? "woken\t" : "silent\t");
    say_count(text, found->count[which], "worker");
    gf_text_string(text, found->count[which] == 1 ? " was woken and has" : " were woken and have");
    say(text, " not come, since %llu s: ", seconds_since(core, found->latest[which]));
    say_worker(text, found->one[which]);
    gf_text_string(text, found->count[which] == 1 ? "\n" : " and others\n");
}

/* Where wake-ups are counted nobody sleeps beside a job, unless others are on their way for it. */
static void say_asleep(gf_text *text, const gf_core *core, const survey *found)
{
    if (found->count[ASLEEP] == 0 || core->options.wakeup == GF_WAKE_AUTO)
        return;
    gf_text_string(text, "asleep\t");
    say_count(text, found->count[ASLEEP], "worker");
    gf_text_string(text, found->count[ASLEEP] == 1 ? " sleeps and was" : " sleep and were");
    gf_text_string(text, " not woken, see --worker-wakeup\n");
}

static void say_idle(gf_text *text, const survey *found)
{
    if (found->count[IDLE] == 0)
        return;
    gf_text_string(text, "idle\t");
    say_count(text, found->count[IDLE], "worker");
    gf_text_string(text, found->count[IDLE] == 1 ? " has" : " have");
    gf_text_string(text, " neither a job nor asked for one: ");
    say_worker(text, found->one[IDLE]);
    gf_text_string(text, found->count[IDLE] == 1 ? "\n" : " and others\n");
}

/* What stands between a job that could be had and a worker. */
static void say_workers(gf_text *text, const gf_core *core, const gf_function *function)
{
    const survey found = workers_of(function);
    if (found.workers == 0)
        gf_text_string(text, "no-worker\tno worker is registered for it\n");
    say_busy(text, core, &found);
    say_woken(text, core, &found, WOKEN);
    say_woken(text, core, &found, SILENT);
    say_asleep(text, core, &found);
    say_idle(text, &found);
}

/* --- jobs --- */

static uint32_t before_in_queue(const gf_job *job)
{
    uint32_t count = 0;
    for (const gf_job *at = job->previous; at != NULL && count < LOOKS_MOST; at = at->previous)
        count++;
    return count;
}

/* Jobs that came back from their time stand by their place among those of normal priority. */
static uint32_t before_among_due(const gf_job *job)
{
    const gf_timers *due = &job->function->due;
    uint32_t count = 0;
    for (uint32_t i = 0; i < due->count && i < LOOKS_MOST; i++)
        count += due->heap[i].due < job->place;
    if (job->state != GF_JOB_DUE)
        return count;
    const gf_job *at = job->function->waiting[GF_NORMAL].head;
    for (uint32_t looks = 0; at != NULL && at->place < job->place && looks < LOOKS_MOST; looks++) {
        count++;
        at = at->next;
    }
    return count;
}

static uint64_t before(const gf_job *job)
{
    uint64_t count = job->state == GF_JOB_WAITING ? before_in_queue(job) : 0;
    if (job->priority == GF_NORMAL)
        count += before_among_due(job);
    for (int priority = GF_HIGH; priority < job->priority; priority++)
        count += gf_function_waiting(job->function, (gf_priority)priority);
    return count;
}

static void explain_waiting(const gf_core *core, gf_text *text, const gf_job *job)
{
    const uint64_t count = before(job);
    say_workers(text, core, job->function);
    if (count == 0)
        return;
    gf_text_string(text, "behind\t");
    gf_text_string(text, count >= LOOKS_MOST ? "at least " : "");
    say_count(text, count, "job");
    gf_text_string(text, count == 1 ? " of its function is before it\n" : " of its function are before it\n");
}

static void explain_running(const gf_core *core, gf_text *text, const gf_job *job)
{
    gf_text_string(text, "running\t");
    say_worker(text, job->worker);
    say(text, " has it, since %llu s", seconds_since(core, job->place));
    if (job->timer.at != 0)
        say(text, ", and loses it in %llu s",
            job->timer.due > core->now ? (unsigned long long)(job->timer.due - core->now) / SECOND : 0);
    gf_text_byte(text, '\n');
}

void gf_explain_job(const gf_core *core, gf_text *text, const gf_job *job)
{
    if (job->state == GF_JOB_RUNNING) {
        explain_running(core, text, job);
    } else if (job->state == GF_JOB_DELAYED) {
        gf_text_string(text, "scheduled\tfor ");
        say_time(text, core, job->timer.due);
        gf_text_byte(text, '\n');
    } else {
        explain_waiting(core, text, job);
    }
}

/* --- functions --- */

static void say_scheduled(gf_text *text, const gf_core *core, const gf_function *function)
{
    uint64_t next = UINT64_MAX;
    const gf_job *at = function->delayed.head;
    for (uint32_t looks = 0; at != NULL && looks < LOOKS_MOST; at = at->next, looks++)
        next = at->timer.due < next ? at->timer.due : next;
    if (next == UINT64_MAX)
        return;
    gf_text_string(text, "scheduled\t");
    say_count(text, function->delayed.count, "job");
    gf_text_string(text, ", the next for ");
    say_time(text, core, next);
    gf_text_byte(text, '\n');
}

static void say_limit(gf_text *text, const gf_core *core, gf_error error)
{
    if (error == GF_ERROR_NONE)
        return;
    gf_text_string(text, "limit\tnew jobs are refused: ");
    gf_text_string(text, gf_error_text(core, error));
    gf_text_byte(text, '\n');
}

static void say_limits(gf_text *text, const gf_core *core, const gf_function *function)
{
    static const char *const names[] = {"high", "normal", "low"};
    for (int priority = GF_HIGH; priority < GF_PRIORITIES; priority++) {
        const uint32_t limit = function->limit[priority];
        if (limit != 0 && gf_function_total(function) >= limit)
            say(text, "limit\tnew jobs of %s priority are refused: maxqueue is %u\n", names[priority], limit);
    }
    say_limit(text, core, gf_memory_refusal(core, GF_JOB_ROOM));
    if (core->options.max_uniques != 0 && gf_uniques_refusal(core) != GF_ERROR_NONE)
        say(text, "limit\tnew jobs with a unique are refused: %s\n",
            gf_error_text(core, GF_ERROR_UNIQUES_LIMIT));
    if (core->journal.trouble != NULL)
        gf_text_string(text, "limit\tnew background jobs are refused: the store fails\n");
}

void gf_explain_function(const gf_core *core, gf_text *text, const gf_function *function)
{
    gf_text_string(text, "jobs\t");
    say(text, "%u wait, %u run, %u are scheduled\n", gf_function_runnable(function), function->running,
        function->delayed.count);
    if (gf_function_runnable(function) > 0 || function->registrations == 0)
        say_workers(text, core, function);
    say_scheduled(text, core, function);
    say_limits(text, core, function);
}
