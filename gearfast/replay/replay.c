/* Replays a plan in one thread: clients that submit when jobs are due, workers that take as long as they did.
 */
#define _GNU_SOURCE
#include "replay.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gf_bytes.h"
#include "gf_packet.h"
#include "gf_timer.h"
#include "peer.h"

enum { NONE = UINT32_MAX, STAMP = 4, REST = 300000, MOST_WAIT = 100 }; /* REST in us, MOST_WAIT in ms */

typedef struct worker {
    gf_timer timer; /* first: the end of its run */
    uint32_t job;   /* NONE: not one of the plan */
    bool is_running;
    uint8_t handle[GF_HANDLE_MAX + 1];
    uint32_t handle_size;
} worker;

typedef struct replay {
    const replay_plan *plan;
    const replay_times *times;
    replay_outcome *outcome;
    gf_poller poller;
    peer *peers; /* clients, then workers */
    struct addrinfo *server;
    uint32_t next_open;  /* index into the plan's `opening` */
    uint32_t next_close; /* the same of `closing` */
    worker *workers;
    gf_timers runs;
    uint32_t running;
    uint32_t next;      /* job to submit */
    uint32_t *behind;   /* by job: the next one of the same client */
    uint32_t *awaited;  /* by client: the first job without an answer */
    uint32_t *pending;  /* by client: jobs without an answer or an end that it waits for */
    uint32_t *small;    /* by function: where to look for the next job too small for a stamp */
    uint32_t *numbered; /* job by the number in its handle, from `first_number` on */
    uint32_t first_number;
    uint32_t number_room;
    uint64_t began;
    uint64_t now;
    uint64_t last_news;
} replay;

static uint64_t clock_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static uint32_t since_due(const replay *all, uint32_t job)
{
    uint64_t due = all->plan->jobs[job].due + (uint64_t)all->plan->jobs[job].delay * 1000000;
    uint64_t passed = all->now > due ? all->now - due : 0;
    return passed >= NONE ? NONE - 1 : (uint32_t)passed;
}

/* --- clients --- */

static bool is_foreground(const replay_job *job)
{
    return job->type == GF_SUBMIT_JOB || job->type == GF_SUBMIT_JOB_HIGH || job->type == GF_SUBMIT_JOB_LOW;
}

static bool waits_for_end(const replay_job *job)
{
    return is_foreground(job) && !job->abandoned;
}

/* The arguments in front of the workload, each with its NUL. */
static size_t put_names(const replay *all, const replay_job *job, char *out, size_t size)
{
    size_t length = strlen(all->plan->functions[job->function]) + 1;
    if (length > size)
        return 0;
    memcpy(out, all->plan->functions[job->function], length);
    if (job->unique != 0)
        length += (size_t)snprintf(out + length, size - length, "r%u", job->unique);
    out[length++] = '\0';
    if (job->type == GF_SUBMIT_JOB_EPOCH) {
        long long when = (long long)time(NULL) + job->delay;
        length += (size_t)snprintf(out + length, size - length, "%lld", when) + 1;
    }
    return length;
}

static void submit(replay *all, uint32_t index)
{
    const replay_job *job = &all->plan->jobs[index];
    char names[GF_ARGUMENT_MAX + 128];
    size_t length = put_names(all, job, names, sizeof names);
    uint8_t *body = peer_begin(&all->peers[job->client], job->type, length + job->size);
    if (body == NULL)
        return;
    memcpy(body, names, length);
    memset(body + length, 'x', job->size);
    if (job->size >= STAMP)
        memcpy(body + length, &index, STAMP);
    all->outcome->submitted++;
    all->pending[job->client]++;
    if (all->now - job->due > all->outcome->late)
        all->outcome->late = all->now - job->due;
}

static void submit_due(replay *all)
{
    while (all->next < all->plan->job_count && all->plan->jobs[all->next].due <= all->now)
        submit(all, all->next++);
}

/* The number behind a handle's last colon. */
static bool number_of(const uint8_t *handle, uint32_t size, uint32_t *number)
{
    uint64_t value = 0, factor = 1;
    while (size > 0 && handle[size - 1] >= '0' && handle[size - 1] <= '9' && factor < 10000000000) {
        value += factor * (handle[--size] - '0');
        factor *= 10;
    }
    *number = (uint32_t)value;
    return factor > 1 && value <= UINT32_MAX;
}

static bool make_room_for(replay *all, uint32_t place)
{
    uint32_t room = all->number_room == 0 ? 1024 : all->number_room;
    while (room <= place && room < UINT32_MAX / 2)
        room *= 2;
    if (room == all->number_room)
        return true;
    uint32_t *grown = room <= place ? NULL : realloc(all->numbered, room * sizeof *grown);
    if (grown == NULL)
        return false;
    for (uint32_t i = all->number_room; i < room; i++)
        grown[i] = NONE;
    all->numbered = grown;
    all->number_room = room;
    return true;
}

static void remember(replay *all, uint32_t number, uint32_t job)
{
    if (all->number_room == 0)
        all->first_number = number > 65536 ? number - 65536 : 0;
    uint32_t place = number - all->first_number;
    if (number >= all->first_number && make_room_for(all, place))
        all->numbered[place] = job;
}

/* Answers come in the order of the submits. */
static void on_answer(replay *all, uint32_t client, const peer_packet *packet)
{
    uint32_t number, job = all->awaited[client];
    if (job == NONE)
        return;
    all->awaited[client] = all->behind[job];
    if (packet->type == GF_ERROR || !waits_for_end(&all->plan->jobs[job]))
        all->pending[client]--;
    if (packet->type == GF_ERROR) {
        all->outcome->refused++;
        return;
    }
    all->outcome->accepted++;
    uint32_t after = since_due(all, job);
    all->times->answered[job] = after;
    if (!is_foreground(&all->plan->jobs[job]))
        return;
    all->outcome->foreground_accepted += waits_for_end(&all->plan->jobs[job]);
    if (number_of(packet->body, packet->size, &number))
        remember(all, number, job);
}

/* NONE: of a handle that is not known. */
static uint32_t job_ended(const replay *all, uint32_t client, const peer_packet *packet)
{
    uint32_t number;
    const uint8_t *nul = gf_find_nul(packet->body, packet->size);
    uint32_t size = nul == NULL ? packet->size : (uint32_t)(nul - packet->body);
    if (!number_of(packet->body, size, &number) || number - all->first_number >= all->number_room)
        return NONE;
    uint32_t job = all->numbered[number - all->first_number];
    return job != NONE && all->plan->jobs[job].client == client ? job : NONE;
}

static void on_end(replay *all, uint32_t client, const peer_packet *packet)
{
    const uint32_t job = job_ended(all, client, packet);
    if (job != NONE)
        all->times->ended[job] = since_due(all, job);
    if (job != NONE && all->plan->jobs[job].abandoned)
        return;
    all->outcome->foreground_ended++;
    if (all->pending[client] > 0)
        all->pending[client]--;
}

static void on_client_packet(replay *all, uint32_t client, const peer_packet *packet)
{
    if (packet->type == GF_JOB_CREATED || packet->type == GF_ERROR)
        on_answer(all, client, packet);
    else if (packet->type == GF_WORK_COMPLETE || packet->type == GF_WORK_FAIL)
        on_end(all, client, packet);
}

/* --- workers --- */

static peer *peer_of(replay *all, uint32_t number)
{
    return &all->peers[all->plan->clients + number];
}

static uint32_t function_named(const replay *all, const uint8_t *name)
{
    for (uint32_t i = 0; i < all->plan->function_count; i++)
        if (strcmp(all->plan->functions[i], (const char *)name) == 0)
            return i;
    return NONE;
}

/* The stamp tells which job it is; of those without, the next one of the function. */
static uint32_t job_of(replay *all, const uint8_t *name, const uint8_t *data, uint32_t size)
{
    uint32_t index;
    if (size >= STAMP) {
        memcpy(&index, data, STAMP);
        return index < all->plan->job_count ? index : NONE;
    }
    uint32_t function = function_named(all, name);
    if (function == NONE)
        return NONE;
    for (index = all->small[function]; index < all->plan->job_count; index++) {
        const replay_job *job = &all->plan->jobs[index];
        if (job->function == function && job->size < STAMP) {
            all->small[function] = index + 1;
            return index;
        }
    }
    return NONE;
}

static void on_assign(replay *all, uint32_t number, const peer_packet *packet)
{
    worker *one = &all->workers[number];
    const uint8_t *end = packet->body + packet->size;
    const uint8_t *nul = gf_find_nul(packet->body, packet->size);
    const uint8_t *name = nul == NULL ? NULL : nul + 1;
    const uint8_t *name_end = name == NULL ? NULL : gf_find_nul(name, (size_t)(end - name));
    if (name_end == NULL || nul - packet->body > GF_HANDLE_MAX) {
        peer_of(all, number)->error = EPROTO;
        return;
    }
    one->handle_size = (uint32_t)(nul - packet->body);
    memcpy(one->handle, packet->body, one->handle_size);
    one->job = job_of(all, name, name_end + 1, (uint32_t)(end - name_end - 1));
    if (one->job != NONE && all->times->waited[one->job] == NONE)
        all->times->waited[one->job] = since_due(all, one->job);
    uint32_t run = one->job == NONE ? 0 : all->plan->jobs[one->job].run;
    one->is_running = true;
    all->running++;
    if (gf_timers_arm(&all->runs, &one->timer, all->now + run) != GF_OK)
        peer_of(all, number)->error = ENOMEM;
}

static void on_worker_packet(replay *all, uint32_t number, const peer_packet *packet)
{
    peer *one = peer_of(all, number);
    if (packet->type == GF_NOOP && !one->leaves)
        peer_say(one, GF_GRAB_JOB, NULL, 0);
    else if (packet->type == GF_NO_JOB)
        peer_say(one, GF_PRE_SLEEP, NULL, 0);
    else if (packet->type == GF_JOB_ASSIGN)
        on_assign(all, number, packet);
}

static void finish(replay *all, uint32_t number)
{
    worker *one = &all->workers[number];
    const replay_job *job = one->job == NONE ? NULL : &all->plan->jobs[one->job];
    peer *to = peer_of(all, number);
    if (job != NULL && job->fails) {
        peer_say(to, GF_WORK_FAIL, one->handle, one->handle_size);
    } else {
        size_t result = job == NULL ? 0 : job->result;
        uint8_t *body = peer_begin(to, GF_WORK_COMPLETE, one->handle_size + 1 + result);
        if (body == NULL)
            return;
        memcpy(body, one->handle, one->handle_size);
        body[one->handle_size] = '\0';
        memset(body + one->handle_size + 1, 'y', result);
    }
    if (!to->leaves)
        peer_say(to, GF_GRAB_JOB, NULL, 0);
    one->is_running = false;
    all->outcome->runs++;
    all->running--;
}

static void finish_due(replay *all)
{
    for (gf_timer *timer; (timer = gf_timers_pop(&all->runs, all->now)) != NULL;) {
        finish(all, (uint32_t)((worker *)(void *)timer - all->workers));
        all->last_news = all->now;
    }
}

/* --- connections that come and go --- */

static void register_worker(replay *all, uint32_t number)
{
    const replay_connection *own = &all->plan->connections[all->plan->clients + number];
    peer *to = peer_of(all, number);
    for (uint32_t i = 0; i < own->count; i++) {
        const char *name = all->plan->functions[all->plan->registered[own->first + i]];
        peer_say(to, GF_CAN_DO, name, strlen(name));
    }
    peer_say(to, GF_GRAB_JOB, NULL, 0);
    all->workers[number].job = NONE;
}

static uint64_t opens_next(const replay *all)
{
    const replay_plan *plan = all->plan;
    return all->next_open < plan->connection_count ? plan->connections[plan->opening[all->next_open]].opens
                                                   : UINT64_MAX;
}

static uint64_t closes_next(const replay *all)
{
    const replay_plan *plan = all->plan;
    return all->next_close < plan->connection_count ? plan->connections[plan->closing[all->next_close]].closes
                                                    : UINT64_MAX;
}

static void open_due(replay *all, bool waits)
{
    while (opens_next(all) <= all->now) {
        const uint32_t index = all->plan->opening[all->next_open++];
        peer_connect(&all->peers[index], all->server, waits, &all->poller, index);
        all->outcome->opened++;
        if (all->peers[index].error == 0 && index >= all->plan->clients)
            register_worker(all, index - all->plan->clients);
    }
}

/* Those that have something under way leave later. */
static void close_due(replay *all)
{
    while (closes_next(all) <= all->now)
        all->peers[all->plan->closing[all->next_close++]].leaves = true;
}

/* --- all of them --- */

static void hear(replay *all, uint32_t index)
{
    peer_packet packet;
    peer *one = &all->peers[index];
    peer_receive(one);
    while (one->error == 0 && peer_next(one, &packet)) {
        if (index < all->plan->clients)
            on_client_packet(all, index, &packet);
        else
            on_worker_packet(all, index - all->plan->clients, &packet);
    }
    all->last_news = all->now;
}

/* Whether nothing is under way on a connection. */
static bool is_free(const replay *all, uint32_t index)
{
    const peer *one = &all->peers[index];
    if (one->out.first < one->out.size)
        return false;
    if (index < all->plan->clients)
        return all->pending[index] == 0;
    return !all->workers[index - all->plan->clients].is_running;
}

static bool send_all(replay *all)
{
    for (uint32_t index = 0; index < all->plan->connection_count; index++) {
        peer *one = &all->peers[index];
        if (one->out.first < one->out.size || one->watches_output)
            peer_send(one, &all->poller, index);
        if (one->error != 0) {
            all->outcome->error = one->error;
            return false;
        }
        if (one->leaves && one->fd >= 0 && is_free(all, index))
            peer_close(one);
    }
    return true;
}

static bool is_done(const replay *all)
{
    const replay_outcome *outcome = all->outcome;
    if (all->next < all->plan->job_count || all->now < all->plan->end)
        return false;
    if (all->now > all->plan->end + all->plan->patience)
        return true;
    return outcome->accepted + outcome->refused == outcome->submitted && all->running == 0 &&
           outcome->foreground_ended >= outcome->foreground_accepted && all->now - all->last_news > REST;
}

static int patience(const replay *all)
{
    uint64_t due = gf_timers_next(&all->runs);
    if (all->next < all->plan->job_count && all->plan->jobs[all->next].due < due)
        due = all->plan->jobs[all->next].due;
    const uint64_t comes = opens_next(all), goes = closes_next(all);
    due = comes < due ? comes : due;
    due = goes < due ? goes : due;
    uint64_t left = due == UINT64_MAX ? MOST_WAIT : due <= all->now ? 0 : (due - all->now) / 1000;
    return left > MOST_WAIT ? MOST_WAIT : (int)left;
}

static void play(replay *all)
{
    gf_ready ready[GF_POLLER_BATCH];
    while (!is_done(all)) {
        int count = gf_poller_wait(&all->poller, ready, GF_POLLER_BATCH, patience(all));
        all->now = clock_us() - all->began;
        for (int i = 0; i < count; i++)
            hear(all, (uint32_t)ready[i].tag);
        finish_due(all);
        open_due(all, false);
        submit_due(all);
        close_due(all);
        if (!send_all(all))
            return;
    }
}

/* From the last job to the first, so that each finds the one behind it. */
static void link_jobs(replay *all)
{
    memset(all->awaited, 0xff, all->plan->clients * sizeof *all->awaited);
    for (uint32_t index = all->plan->job_count; index-- > 0;) {
        uint32_t client = all->plan->jobs[index].client;
        all->behind[index] = all->awaited[client];
        all->awaited[client] = index;
        all->times->answered[index] = all->times->ended[index] = all->times->waited[index] = NONE;
    }
}

static bool allocate(replay *all)
{
    const replay_plan *plan = all->plan;
    all->peers = calloc(plan->connection_count + 1U, sizeof *all->peers);
    all->workers = calloc(plan->connection_count - plan->clients + 1U, sizeof *all->workers);
    all->behind = calloc(plan->job_count + 1U, sizeof *all->behind);
    all->awaited = calloc(plan->clients + 1U, sizeof *all->awaited);
    all->pending = calloc(plan->clients + 1U, sizeof *all->pending);
    all->small = calloc(plan->function_count + 1U, sizeof *all->small);
    for (uint32_t index = 0; all->peers != NULL && index < plan->connection_count; index++)
        all->peers[index].fd = -1;
    return all->peers != NULL && all->workers != NULL && all->behind != NULL && all->awaited != NULL &&
           all->pending != NULL && all->small != NULL && gf_poller_init(&all->poller) == GF_OK;
}

static bool find_server(replay *all)
{
    const struct addrinfo numeric = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
    char port[8];
    snprintf(port, sizeof port, "%u", all->plan->port);
    return getaddrinfo(all->plan->host, port, &numeric, &all->server) == 0;
}

static void release(replay *all)
{
    for (uint32_t index = 0; all->peers != NULL && index < all->plan->connection_count; index++)
        peer_close(&all->peers[index]);
    if (all->poller.fd >= 0)
        gf_poller_close(&all->poller);
    if (all->server != NULL)
        freeaddrinfo(all->server);
    gf_timers_free(&all->runs);
    free(all->peers);
    free(all->workers);
    free(all->behind);
    free(all->awaited);
    free(all->pending);
    free(all->small);
    free(all->numbered);
}

void replay_run(const replay_plan *plan, const replay_times *times, replay_outcome *outcome)
{
    replay all = {.plan = plan, .times = times, .outcome = outcome, .poller = {.fd = -1}};
    *outcome = (replay_outcome){0};
    gf_timers_init(&all.runs);
    if (!allocate(&all)) {
        outcome->error = ENOMEM;
    } else if (!find_server(&all)) {
        outcome->error = EADDRNOTAVAIL;
    } else {
        link_jobs(&all);
        open_due(&all, true);
        all.began = clock_us();
        if (send_all(&all))
            play(&all);
    }
    outcome->took = all.now;
    release(&all);
}
