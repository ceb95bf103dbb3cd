/* A job's life: it joins the server, moves from state to state, and ends. */
#include <assert.h>
#include <string.h>

#include "gf_log.h"
#include "gf_parts.h"

static void queue_add(gf_queue *queue, gf_job *job)
{
    job->next = NULL;
    job->previous = queue->tail;
    *(queue->tail != NULL ? &queue->tail->next : &queue->head) = job;
    queue->tail = job;
    queue->count++;
}

static void queue_remove(gf_queue *queue, gf_job *job)
{
    *(job->previous != NULL ? &job->previous->next : &queue->head) = job->next;
    *(job->next != NULL ? &job->next->previous : &queue->tail) = job->previous;
    queue->count--;
}

static void running_add(gf_job *job)
{
    gf_peer *worker = job->worker;
    job->previous = NULL;
    job->next = worker->running;
    if (job->next != NULL)
        job->next->previous = job;
    worker->running = job;
    job->function->running++;
}

static void running_remove(gf_core *core, gf_job *job)
{
    *(job->previous != NULL ? &job->previous->next : &job->worker->running) = job->next;
    if (job->next != NULL)
        job->next->previous = job->previous;
    job->worker = NULL;
    job->function->running--;
    gf_timers_cancel(&core->timeouts, &job->timer);
}

static bool may_move(gf_job_state from, gf_job_state to)
{
    switch (to) {
    case GF_JOB_NEW:
        return false;
    case GF_JOB_WAITING:
        return from == GF_JOB_NEW || from == GF_JOB_RUNNING || from == GF_JOB_DELAYED;
    case GF_JOB_DELAYED:
        return from == GF_JOB_NEW;
    case GF_JOB_DUE:
        return from == GF_JOB_DELAYED;
    case GF_JOB_RUNNING:
        return from == GF_JOB_WAITING || from == GF_JOB_DUE;
    case GF_JOB_ENDED:
        return from != GF_JOB_ENDED;
    }
    return false;
}

static void leave_state(gf_core *core, gf_job *job)
{
    gf_function *function = job->function;
    switch ((gf_job_state)job->state) {
    case GF_JOB_WAITING:
        queue_remove(&function->waiting[job->priority], job);
        break;
    case GF_JOB_DELAYED:
        queue_remove(&function->delayed, job);
        gf_timers_cancel(&core->delayed, &job->timer);
        break;
    case GF_JOB_DUE:
        gf_timers_cancel(&function->due, &job->timer);
        break;
    case GF_JOB_RUNNING:
        running_remove(core, job);
        break;
    case GF_JOB_NEW:
    case GF_JOB_ENDED:
        break;
    }
}

static void enter_waiting(gf_core *core, gf_job *job)
{
    job->state = GF_JOB_WAITING;
    job->place = ++core->last_place;
    queue_add(&job->function->waiting[job->priority], job);
}

static void enter_state(gf_core *core, gf_job *job, gf_job_state state)
{
    job->state = (uint8_t)state;
    if (state == GF_JOB_WAITING)
        enter_waiting(core, job);
    else if (state == GF_JOB_DELAYED)
        queue_add(&job->function->delayed, job);
    else if (state == GF_JOB_RUNNING)
        running_add(job);
    else if (state == GF_JOB_DUE && gf_timers_arm(&job->function->due, &job->timer, job->place) != GF_OK)
        enter_waiting(core, job); /* without memory for its place it stands last */
}

/* The only writer of a job's state. `worker` must be set before a move to running. */
void gf_job_move(gf_core *core, gf_job *job, gf_job_state state)
{
    assert(may_move((gf_job_state)job->state, state));
    (void)may_move;
    leave_state(core, job);
    enter_state(core, job, state);
    gf_function_refresh(core, job->function, (gf_priority)job->priority);
}

static uint32_t next_number(gf_core *core)
{
    do
        core->last_number++;
    while (core->last_number == 0 || gf_job_numbered(core, core->last_number) != NULL);
    return core->last_number;
}

/* Gives the job its handle. Its function, priority and sizes are set; it still has to move somewhere. */
void gf_job_add(gf_core *core, gf_job *job)
{
    gf_table_insert(&core->numbers, &job->by_number, next_number(core));
    job->place = ++core->last_place;
    job->function->added++;
    core->counts.jobs++;
    core->counts.job_bytes += gf_job_block(job)->size;
}

/* Takes the job out of every table and lets go of it; whoever waits for it has been told. */
void gf_job_end(gf_core *core, gf_job *job)
{
    gf_job_move(core, job, GF_JOB_ENDED);
    gf_detach_job(core, job);
    if (job->stored)
        gf_journal_done(core, job);
    gf_table_remove(&core->numbers, &job->by_number);
    gf_unique_remove(core, job);
    core->counts.jobs--;
    core->counts.job_bytes -= gf_job_block(job)->size;
    gf_block_unref(gf_job_block(job), core->pool);
}

/* Ends a job without telling anybody but the recorder. */
void gf_job_withdraw(gf_core *core, gf_job *job, gf_ending ending)
{
    if (gf_is_recording(core))
        gf_note_end(core, job, ending);
    gf_job_end(core, job);
}

void gf_job_fail(gf_core *core, gf_job *job, gf_ending ending)
{
    for (gf_attachment *client = job->clients; client != NULL; client = client->job_next)
        gf_reply_handle(core, client->peer, GF_WORK_FAIL, gf_job_number(job));
    core->counts.failed++;
    gf_job_withdraw(core, job, ending);
}

/* Somebody still wants the outcome: it was submitted in the background, or a client waits. */
bool gf_job_wanted(const gf_job *job)
{
    return job->background || job->clients != NULL;
}

static void drop(gf_core *core, gf_job *job)
{
    gf_core_log(core, GF_LOG_NOTICE, "Dropped job due to max retry count: %s:%u %.*s", core->prefix,
                gf_job_number(job), job->unique_size, (const char *)gf_job_unique(job));
    core->counts.dropped++;
    gf_job_fail(core, job, GF_ENDING_GIVEN_UP);
}

/* A running job lost its worker: it waits again, last in its queue, unless its attempts are used up. */
void gf_job_requeue(gf_core *core, gf_job *job)
{
    gf_function *function = job->function;
    if (job->attempts < UINT16_MAX)
        job->attempts++;
    if (!gf_job_wanted(job)) {
        gf_job_withdraw(core, job, GF_ENDING_UNWANTED);
        return;
    }
    if (core->options.max_attempts != 0 && job->attempts >= core->options.max_attempts) {
        drop(core, job);
        return;
    }
    job->numerator = 0;
    job->denominator = 0;
    core->counts.requeued++;
    if (gf_is_recording(core))
        gf_note_end(core, job, GF_ENDING_LOST);
    gf_job_move(core, job, GF_JOB_WAITING);
    gf_wake_for_job(core, function);
}

gf_job *gf_job_numbered(const gf_core *core, uint32_t number)
{
    gf_node *node = gf_table_first(&core->numbers, number);
    return node == NULL ? NULL : GF_CONTAINER(node, gf_job, by_number);
}

/* Digits as the server writes them: no sign, no leading zero, at most 32 bits. */
static bool parse_number(const uint8_t *digits, uint32_t size, uint32_t *number)
{
    uint64_t value = 0;
    if (size == 0 || size > 10 || digits[0] == '0')
        return false;
    for (uint32_t i = 0; i < size; i++) {
        if (digits[i] < '0' || digits[i] > '9')
            return false;
        value = value * 10 + (digits[i] - '0');
    }
    *number = (uint32_t)value;
    return value <= UINT32_MAX;
}

/* NULL for a handle this server did not give out, or whose job has ended. */
gf_job *gf_job_of_handle(const gf_core *core, const uint8_t *handle, uint32_t size)
{
    uint32_t number;
    uint32_t prefix = core->prefix_size;
    if (size <= prefix + 1 || memcmp(handle, core->prefix, prefix) != 0 || handle[prefix] != ':')
        return NULL;
    if (!parse_number(handle + prefix + 1, size - prefix - 1, &number))
        return NULL;
    return gf_job_numbered(core, number);
}

/* Jobs are delayed with normal priority, but a store's row may have another: it stands last among those. */
void gf_jobs_due(gf_core *core)
{
    uint64_t wall = core->wall < 0 ? 0 : (uint64_t)core->wall / 1000;
    for (gf_timer *timer; (timer = gf_timers_pop(&core->delayed, wall)) != NULL;) {
        gf_job *job = GF_CONTAINER(timer, gf_job, timer);
        gf_job_move(core, job, job->priority == GF_NORMAL ? GF_JOB_DUE : GF_JOB_WAITING);
        if (gf_is_recording(core))
            gf_note_due(core, job);
        gf_wake_for_job(core, job->function);
    }
}

static void log_timeout(gf_core *core, const gf_job *job)
{
    gf_core_log(core, GF_LOG_WARNING, "Worker timeout reached on job, requeueing: %s:%u %.*s", core->prefix,
                gf_job_number(job), job->unique_size, (const char *)gf_job_unique(job));
}

static void log_lease(gf_core *core, const gf_job *job)
{
    core->counts.leases_over++;
    gf_core_log(core, GF_LOG_WARNING, "--job-lease of %u s reached on job, requeueing: %s:%u %.*s",
                core->options.job_lease / 1000, core->prefix, gf_job_number(job), job->unique_size,
                (const char *)gf_job_unique(job));
}

void gf_jobs_timed_out(gf_core *core)
{
    for (gf_timer *timer; (timer = gf_timers_pop(&core->timeouts, core->now)) != NULL;) {
        gf_job *job = GF_CONTAINER(timer, gf_job, timer);
        if (job->leased)
            log_lease(core, job);
        else
            log_timeout(core, job);
        gf_job_requeue(core, job);
    }
}
