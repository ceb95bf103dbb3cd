#include "invariants.h"

#include "check.h"
#include "gf_parts.h"

/* --- timers --- */

static void check_timers(const gf_timers *timers)
{
    for (uint32_t i = 0; i < timers->count; i++) {
        const gf_timer_entry *entry = &timers->heap[i];
        CHECK(entry->timer->at == i + 1);
        CHECK(entry->timer->due == entry->due);
        CHECK(i == 0 || timers->heap[(i - 1) / 4].due <= entry->due);
    }
}

/* --- jobs --- */

static uint64_t attachments_of(const gf_job *job)
{
    uint64_t count = 0;
    const gf_attachment *previous = NULL;
    for (const gf_attachment *at = job->clients; at != NULL; previous = at, at = at->job_next, count++) {
        CHECK(at->job == job);
        CHECK(at->job_previous == previous);
    }
    return count;
}

static void check_job(const gf_core *core, const gf_job *job)
{
    CHECK(gf_job_numbered(core, gf_job_number(job)) == job);
    CHECK((job->state == GF_JOB_RUNNING) == (job->worker != NULL));
    CHECK(gf_job_wanted(job) || job->state == GF_JOB_RUNNING);
    CHECK(job->function_size == job->function->name_size);
    if (job->state == GF_JOB_WAITING)
        CHECK(job->timer.at == 0);
    if (job->state == GF_JOB_DUE || job->state == GF_JOB_DELAYED)
        CHECK(job->timer.at != 0);
}

static void check_queue(const gf_core *core, const gf_queue *queue, const gf_function *function,
                        gf_job_state state)
{
    uint32_t count = 0;
    const gf_job *previous = NULL;
    for (const gf_job *job = queue->head; job != NULL; previous = job, job = job->next, count++) {
        CHECK(job->previous == previous);
        CHECK(job->state == state);
        CHECK(job->function == function);
        CHECK(state != GF_JOB_WAITING || &function->waiting[job->priority] == queue);
        CHECK(previous == NULL || state != GF_JOB_WAITING || previous->place < job->place);
        check_job(core, job);
    }
    CHECK(queue->tail == previous);
    CHECK(queue->count == count);
}

static void check_due(const gf_core *core, const gf_function *function)
{
    check_timers(&function->due);
    for (uint32_t i = 0; i < function->due.count; i++) {
        const gf_job *job = GF_CONTAINER(function->due.heap[i].timer, gf_job, timer);
        CHECK(job->state == GF_JOB_DUE);
        CHECK(job->function == function);
        check_job(core, job);
    }
}

typedef struct job_sums {
    const gf_core *core;
    uint64_t jobs, bytes, attachments, keyed, delayed, running;
} job_sums;

static void add_job(gf_node *node, void *context)
{
    job_sums *sums = context;
    const gf_job *job = GF_CONTAINER(node, gf_job, by_number);
    check_job(sums->core, job);
    sums->jobs++;
    sums->bytes += gf_job_block(job)->size;
    sums->attachments += attachments_of(job);
    sums->keyed += job->keyed;
    sums->delayed += job->state == GF_JOB_DELAYED;
    sums->running += job->state == GF_JOB_RUNNING;
}

static job_sums sums_of_jobs(const gf_core *core)
{
    job_sums sums = {.core = core};
    gf_table_each(&core->numbers, add_job, &sums);
    CHECK(sums.jobs == core->numbers.count && sums.jobs == core->counts.jobs);
    CHECK(sums.bytes == core->counts.job_bytes);
    CHECK(sums.attachments == core->counts.attachments);
    CHECK(sums.keyed == core->uniques.count);
    CHECK(sums.delayed == core->delayed.count);
    return sums;
}

/* --- functions --- */

static void check_ring(const gf_function *function)
{
    const gf_registration *at = function->ring;
    CHECK((at == NULL) == (function->registrations == 0));
    for (uint32_t i = 0; i < function->registrations; i++, at = at->ring_next) {
        CHECK(at->function == function);
        CHECK(at->ring_next->ring_previous == at);
    }
    CHECK(at == function->ring);
}

static bool is_ready(const gf_function *function, int list)
{
    return list == GF_ANY ? gf_function_runnable(function) > 0
                          : gf_function_waiting(function, (gf_priority)list) > 0;
}

static void check_ready_lists(const gf_core *core)
{
    for (int list = 0; list < GF_READY_LISTS; list++) {
        uint32_t count = 0;
        const gf_function *previous = NULL;
        for (const gf_function *at = core->ready[list].head; at != NULL; at = at->ready[list].next, count++) {
            CHECK(at->ready[list].linked && is_ready(at, list));
            CHECK(at->ready[list].previous == previous);
            CHECK(at->ready[list].since <=
                  (previous == NULL ? core->readied : previous->ready[list].since - 1));
            previous = at;
        }
        CHECK(count == core->ready[list].count);
    }
}

static uint32_t woken_for(const gf_core *core, const gf_function *function)
{
    uint32_t count = 0;
    for (uint32_t slot = 0; slot < core->peer_slots; slot++)
        count += core->peers[slot] != NULL && core->peers[slot]->woken_for == function;
    return count;
}

/* While a worker sleeps that can do a function, as many are on their way as it has jobs. */
static void check_no_sleep_beside_work(const gf_core *core, const gf_function *function)
{
    if (core->options.wakeup != GF_WAKE_AUTO || function->pending >= gf_function_runnable(function))
        return;
    const gf_registration *at = function->ring;
    for (uint32_t i = 0; i < function->registrations; i++, at = at->ring_next)
        CHECK(at->peer->rest != GF_ASLEEP);
}

static void check_function(const gf_core *core, gf_function *function)
{
    for (int priority = GF_HIGH; priority < GF_PRIORITIES; priority++)
        check_queue(core, &function->waiting[priority], function, GF_JOB_WAITING);
    check_queue(core, &function->delayed, function, GF_JOB_DELAYED);
    check_due(core, function);
    check_ring(function);
    for (int list = 0; list < GF_READY_LISTS; list++)
        CHECK(function->ready[list].linked == is_ready(function, list));
    CHECK(function->pending == woken_for(core, function));
    CHECK(gf_function_named((gf_core *)(uintptr_t)core, function->name, function->name_size) == function);
    check_no_sleep_beside_work(core, function);
}

static void check_functions(const gf_core *core, const job_sums *sums)
{
    uint64_t count = 0, keyed = 0, running = 0, registrations = 0;
    const gf_function *newer = NULL;
    for (gf_function *at = core->newest_function; at != NULL; newer = at, at = at->older, count++) {
        CHECK(at->newer == newer);
        check_function(core, at);
        keyed += at->keyed;
        running += at->running;
        registrations += at->registrations;
    }
    CHECK(count == core->functions.count && count == core->counts.functions);
    CHECK(keyed == sums->keyed && running == sums->running);
    CHECK(registrations == core->counts.registrations);
}

/* --- peers --- */

static void check_running(const gf_peer *peer)
{
    const gf_job *previous = NULL;
    for (const gf_job *job = peer->running; job != NULL; previous = job, job = job->next) {
        CHECK(job->previous == previous);
        CHECK(job->state == GF_JOB_RUNNING && job->worker == peer);
    }
}

static void check_registrations(const gf_peer *peer)
{
    uint32_t count = 0;
    const gf_registration *previous = NULL;
    for (const gf_registration *at = peer->registrations; at != NULL; at = at->peer_next, count++) {
        CHECK(at->peer == peer);
        CHECK(at->peer_previous == previous);
        CHECK(previous == NULL || previous->order > at->order);
        CHECK(gf_registration_find(peer, at->function)->function == at->function);
        previous = at;
    }
    CHECK(peer->last_registration == previous);
    CHECK(peer->registration_count == count);
    CHECK(peer->by_function == NULL || peer->by_function->count == count);
}

/* What it looked for in vain it can't do. */
static void check_barren(const gf_core *core, const gf_peer *peer)
{
    for (int list = 0; list < GF_READY_LISTS; list++)
        for (const gf_function *at = core->ready[list].head; at != NULL; at = at->ready[list].next)
            CHECK(at->ready[list].since > peer->barren[list] || gf_registration_any(peer, at) == NULL);
}

static void check_attachments(const gf_peer *peer)
{
    const gf_attachment *previous = NULL;
    for (const gf_attachment *at = peer->attachments; at != NULL; previous = at, at = at->peer_next) {
        CHECK(at->peer == peer);
        CHECK(at->peer_previous == previous);
    }
}

static void check_peer(const gf_core *core, const gf_peer *peer, uint32_t slot)
{
    CHECK(peer->id.slot == slot);
    CHECK((peer->rest == GF_WOKEN) == (peer->woken_for != NULL));
    check_running(peer);
    check_registrations(peer);
    check_barren(core, peer);
    check_attachments(peer);
    const gf_peer *at = core->newest_peer[slot % core->options.io_threads];
    while (at != NULL && at != peer)
        at = at->older;
    CHECK(at == peer);
}

static void check_peers(const gf_core *core)
{
    uint64_t count = 0;
    for (uint32_t slot = 0; slot < core->peer_slots; slot++) {
        if (core->peers[slot] == NULL)
            continue;
        check_peer(core, core->peers[slot], slot);
        count++;
    }
    CHECK(count == core->counts.peers);
}

static void check_rest_list(const gf_peer_list *list, gf_rest rest)
{
    uint32_t count = 0;
    const gf_peer *previous = NULL;
    for (const gf_peer *at = list->head; at != NULL; previous = at, at = at->rest_next, count++) {
        CHECK(at->rest == rest);
        CHECK(at->rest_previous == previous);
    }
    CHECK(list->tail == previous);
    CHECK(list->count == count);
}

static uint64_t size_of(const void *object)
{
    const gf_block *block = (const gf_block *)object - 1;
    return sizeof *block + block->size;
}

static uint64_t bytes_of_peer(const gf_peer *peer)
{
    return size_of(peer) + (peer->client_id != NULL ? size_of(peer->client_id) : 0);
}

/* What counts with the memory limit. */
static void check_bytes(const gf_core *core)
{
    uint64_t bytes = 0;
    for (uint32_t slot = 0; slot < core->peer_slots; slot++)
        bytes += core->peers[slot] != NULL ? bytes_of_peer(core->peers[slot]) : 0;
    for (const gf_function *at = core->newest_function; at != NULL; at = at->older)
        bytes += size_of(at);
    CHECK(bytes == core->object_bytes);
    CHECK(gf_memory_used(core) >= core->object_bytes + core->counts.job_bytes);
}

/* Those that no packet may pass. What a store brings back is taken on whatever they say. */
static void check_limits(const gf_core *core)
{
    const gf_core_options *options = &core->options;
    if (options->durability != GF_DURABILITY_NONE)
        return;
    CHECK(options->max_functions == 0 || core->counts.functions <= options->max_functions);
    CHECK(options->max_uniques == 0 || core->uniques.count <= options->max_uniques);
}

void check_invariants(const gf_core *core)
{
    const job_sums sums = sums_of_jobs(core);
    check_functions(core, &sums);
    check_ready_lists(core);
    check_peers(core);
    check_bytes(core);
    check_limits(core);
    check_rest_list(&core->sleepers, GF_ASLEEP);
    check_rest_list(&core->woken, GF_WOKEN);
    check_timers(&core->delayed);
    check_timers(&core->timeouts);
}
