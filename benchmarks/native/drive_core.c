/* The job server without sockets: packets are made outside the measured part, effects dropped outside it. */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drive.h"
#include "gf_bytes.h"
#include "gf_core.h"

enum { CLIENT, WORKER, NEWCOMER, FIRST_SLEEPER };
enum { NAME_MOST = 24, HANDLE_MOST = 12, EFFECTS_A_JOB = 8, START = 1000 };

static const gf_seed seed = {.k0 = 1, .k1 = 2};

typedef struct name {
    uint8_t bytes[NAME_MOST];
    uint32_t size;
    uint32_t hash;
} name;

struct bench_stage {
    bench_setting setting;
    gf_core *core;
    gf_pool *pool;         /* as an I/O thread has it */
    gf_recorder *recorder; /* NULL: nothing is recorded */
    gf_bell bell;          /* nobody's */
    name *functions;
    uint64_t submitted;

    /* --- what was prepared --- */
    gf_event *events; /* of each job: the submit, then the result; or registrations */
    uint32_t capacity;
    uint32_t prepared;
    bool newcomer_is_here;

    /* --- what was answered --- */
    gf_effect *sent;
    size_t sent_room;
    size_t sent_count;
};

static gf_peer_id peer(uint32_t slot)
{
    return (gf_peer_id){.slot = slot};
}

static uint32_t put(uint8_t *to, const void *bytes, size_t size)
{
    memcpy(to, bytes, size);
    return (uint32_t)size;
}

static name name_of(const char *prefix, uint64_t number)
{
    name made = {.size = 0};
    made.size += put(made.bytes, prefix, strlen(prefix));
    made.size += gf_put_u32(made.bytes + made.size, (uint32_t)number);
    made.hash = gf_hash(&seed, made.bytes, made.size);
    return made;
}

/* --- effects --- */

/* As processing.pyx hands them to the I/O threads: each is copied, with its reference. The last is returned.
 */
static const gf_effect *take_effects(bench_stage *stage)
{
    size_t count;
    const gf_effect *effects = gf_core_effects(stage->core, &count);
    if (stage->sent_count + count > stage->sent_room)
        abort();
    for (size_t i = 0; i < count; i++)
        stage->sent[stage->sent_count++] = effects[i];
    gf_core_clear(stage->core);
    return stage->sent_count == 0 ? NULL : &stage->sent[stage->sent_count - 1];
}

static void drop_effects(bench_stage *stage)
{
    for (size_t i = 0; i < stage->sent_count; i++)
        if (stage->sent[i].block != NULL)
            gf_block_unref(stage->sent[i].block, stage->pool);
    stage->sent_count = 0;
    gf_pool_collect(stage->pool);
    gf_pool_collect(gf_core_pool(stage->core));
}

static const gf_effect *tell(bench_stage *stage, const gf_event *event)
{
    gf_core_event(stage->core, event);
    return take_effects(stage);
}

static const gf_effect *tell_short(bench_stage *stage, uint32_t slot, gf_packet_type type)
{
    const gf_event event = {.peer = peer(slot), .kind = GF_EVENT_PACKET, .type = (uint8_t)type};
    return tell(stage, &event);
}

/* --- packets --- */

static gf_packet_type submit_type(const bench_setting *setting, bool delayed)
{
    return delayed ? GF_SUBMIT_JOB_EPOCH : setting->background ? GF_SUBMIT_JOB_BG : GF_SUBMIT_JOB;
}

/* Delayed jobs are due in no order. */
static uint32_t put_time(uint8_t *to, uint64_t number)
{
    const uint32_t size =
        gf_put_u32(to, UINT32_C(2000000000) + (uint32_t)(number * UINT32_C(2654435769) >> 8));
    to[size] = '\0';
    return size + 1;
}

static bool make_submit(bench_stage *stage, gf_event *event, bool delayed)
{
    const bench_setting *setting = &stage->setting;
    const uint64_t number = stage->submitted++;
    const name *function = &stage->functions[number % setting->functions];
    const name unique = setting->unique ? name_of("unique-", number) : (name){.size = 0};
    gf_block *block = gf_block_new(stage->pool, GF_JOB_ROOM + 4 * NAME_MOST + setting->size);
    if (block == NULL)
        return false;
    uint8_t *body = gf_block_data(block) + GF_JOB_ROOM;
    *event = (gf_event){.peer = peer(CLIENT), .kind = GF_EVENT_PACKET, .block = block};
    event->type = (uint8_t)submit_type(setting, delayed);
    event->argument1 = put(body, function->bytes, function->size);
    body[event->argument1] = '\0';
    event->argument2 = event->argument1 + 1 + put(body + event->argument1 + 1, unique.bytes, unique.size);
    body[event->argument2] = '\0';
    event->data = event->argument2 + 1;
    if (delayed)
        event->data += put_time(body + event->data, number);
    memset(body + event->data, 'x', setting->size);
    event->size = event->data + setting->size;
    event->function_hash = function->hash;
    event->unique_hash = unique.size > 0 ? unique.hash : 0;
    return true;
}

/* The handle is put in front once the job is known, so that the data ends the block. */
static bool make_result(bench_stage *stage, gf_event *event)
{
    const uint32_t size = stage->setting.size;
    gf_block *block = gf_block_new(stage->pool, HANDLE_MOST + 1 + size);
    if (block == NULL)
        return false;
    memset(gf_block_data(block) + HANDLE_MOST + 1, 'y', size);
    *event = (gf_event){.kind = GF_EVENT_PACKET, .type = GF_WORK_COMPLETE, .block = block};
    event->size = HANDLE_MOST + 1 + size;
    return true;
}

/* Numbers are written with ten digits or fewer; the bytes up to the data are filled with NULs. */
static void address_result(gf_event *event, uint32_t worker, uint32_t number)
{
    uint8_t *body = gf_block_data(event->block);
    body[0] = 'H';
    body[1] = ':';
    const uint32_t end = 2 + gf_put_u32(body + 2, number);
    memset(body + end, 0, HANDLE_MOST + 1 - end);
    event->peer = peer(worker);
    event->argument1 = event->argument2 = end;
    event->data = end + 1;
}

static bool make_registration(bench_stage *stage, gf_event *event, uint32_t slot, const name *function)
{
    static const char timeout[] = "\000060000";
    gf_block *block = gf_block_new(stage->pool, NAME_MOST + sizeof timeout);
    if (block == NULL)
        return false;
    uint8_t *body = gf_block_data(block);
    *event = (gf_event){.peer = peer(slot), .kind = GF_EVENT_PACKET, .type = GF_CAN_DO, .block = block};
    event->size = event->argument1 = event->argument2 = put(body, function->bytes, function->size);
    event->function_hash = function->hash;
    if (stage->setting.timeout) {
        event->type = GF_CAN_DO_TIMEOUT;
        event->data = event->size + 1;
        event->size += put(body + event->size, timeout, sizeof timeout - 1);
    }
    return true;
}

/* --- the stage --- */

static void connect(bench_stage *stage, uint32_t slot)
{
    tell(stage, &(gf_event){.peer = peer(slot), .kind = GF_EVENT_CONNECT});
}

static bool register_all(bench_stage *stage, uint32_t slot)
{
    gf_event event;
    connect(stage, slot);
    for (uint32_t i = 0; i < stage->setting.functions; i++) {
        if (!make_registration(stage, &event, slot, &stage->functions[i]))
            return false;
        tell(stage, &event);
    }
    drop_effects(stage);
    return true;
}

static bool add_workers(bench_stage *stage)
{
    const bench_setting *setting = &stage->setting;
    const uint32_t end = FIRST_SLEEPER + setting->sleepers;
    bool added = register_all(stage, WORKER);
    for (uint32_t slot = FIRST_SLEEPER; slot < end + setting->registered && added; slot++)
        added = register_all(stage, slot);
    for (uint32_t slot = FIRST_SLEEPER; slot < end && added; slot++)
        tell_short(stage, slot, GF_PRE_SLEEP);
    return added;
}

static bool add_jobs(bench_stage *stage, uint32_t count, bool delayed)
{
    gf_event event;
    for (uint32_t i = 0; i < count; i++) {
        if (!make_submit(stage, &event, delayed))
            return false;
        tell(stage, &event);
        drop_effects(stage);
    }
    return true;
}

/* Into a file that is gone when it ends. */
static bool start_recording(bench_stage *stage)
{
    const gf_recorder_options options = {.directory = -1, .file_size = UINT64_MAX, .files = 1};
    const int folder = open("/tmp", O_RDONLY | O_DIRECTORY);
    char file[64];
    snprintf(file, sizeof file, "gearfast-%d-%p", (int)getpid(), (void *)stage);
    stage->recorder = calloc(1, sizeof *stage->recorder);
    bool is_on = folder >= 0 && stage->recorder != NULL && gf_bell_init(&stage->bell) == GF_OK &&
                 gf_recorder_init(stage->recorder, &options, &stage->bell, GF_LOG_ERROR) == GF_OK &&
                 gf_recorder_start(stage->recorder, folder, file) == 0;
    if (is_on)
        gf_core_note(stage->core, stage->recorder);
    unlinkat(folder, file, 0);
    close(folder);
    return is_on;
}

/* As the recorder's thread does it. */
static void write_recording(bench_stage *stage)
{
    stage->recorder->now += 1000000;
    gf_recorder_publish(stage->recorder);
    gf_recorder_turn(stage->recorder);
}

static void end_recording(bench_stage *stage)
{
    if (stage->core != NULL)
        gf_core_note(stage->core, NULL);
    gf_recorder_join(stage->recorder);
    gf_recorder_free(stage->recorder);
    gf_bell_close(&stage->bell);
    free(stage->recorder);
}

static bool start(bench_stage *stage)
{
    const gf_core_options options = {.handle_prefix = "H",
                                     .version = "",
                                     .seed = seed,
                                     .compat = GF_COMPAT_2_0,
                                     .wakeup = GF_WAKE_AUTO,
                                     .io_threads = 1,
                                     .buckets = 991,
                                     .suspect_after = 1000};
    const bench_setting *setting = &stage->setting;
    stage->pool = gf_pool_new();
    stage->core = gf_core_new(&options);
    stage->functions = calloc(setting->functions, sizeof *stage->functions);
    stage->sent_room = EFFECTS_A_JOB;
    stage->sent = calloc(stage->sent_room, sizeof *stage->sent);
    if (stage->pool == NULL || stage->core == NULL || stage->functions == NULL || stage->sent == NULL)
        return false;
    for (uint32_t i = 0; i < setting->functions; i++)
        stage->functions[i] = name_of("function-", i);
    gf_core_time(stage->core, START, START);
    connect(stage, CLIENT);
    if (setting->recorded && !start_recording(stage))
        return false;
    return add_workers(stage) && add_jobs(stage, setting->delayed, true) &&
           add_jobs(stage, setting->waiting, false);
}

bench_stage *bench_stage_new(const bench_setting *setting)
{
    bench_stage *stage = calloc(1, sizeof *stage);
    if (stage == NULL)
        return NULL;
    stage->setting = *setting;
    if (start(stage))
        return stage;
    bench_stage_free(stage);
    return NULL;
}

void bench_stage_free(bench_stage *stage)
{
    if (stage->recorder != NULL)
        end_recording(stage);
    if (stage->core != NULL) {
        drop_effects(stage);
        gf_core_free(stage->core);
    }
    if (stage->pool != NULL)
        gf_pool_free(stage->pool);
    free(stage->functions);
    free(stage->events);
    free(stage->sent);
    free(stage);
}

static bool make_room(bench_stage *stage, uint32_t events)
{
    drop_effects(stage);
    stage->prepared = 0;
    if (events <= stage->capacity)
        return true;
    free(stage->events);
    free(stage->sent);
    stage->capacity = events;
    stage->sent_room = (size_t)events * EFFECTS_A_JOB;
    stage->events = calloc(events, sizeof *stage->events);
    stage->sent = calloc(stage->sent_room, sizeof *stage->sent);
    return stage->events != NULL && stage->sent != NULL;
}

/* --- jobs --- */

bool bench_prepare_jobs(bench_stage *stage, uint32_t jobs)
{
    if (!make_room(stage, 2 * jobs))
        return false;
    for (uint32_t i = 0; i < jobs; i++)
        if (!make_submit(stage, &stage->events[2 * i], false) ||
            !make_result(stage, &stage->events[2 * i + 1]))
            return false;
    stage->prepared = jobs;
    return true;
}

static uint64_t complete(bench_stage *stage, gf_event *result, uint32_t worker)
{
    const gf_effect *assigned = tell_short(stage, worker, GF_GRAB_JOB);
    if (assigned->type != GF_JOB_ASSIGN)
        return 1;
    address_result(result, worker, assigned->number);
    const gf_effect *told = tell(stage, result);
    return stage->setting.background ? told != assigned : told->type != GF_WORK_COMPLETE;
}

/* SUBMIT_JOB, GRAB_JOB, WORK_COMPLETE. */
static uint64_t run_busy(bench_stage *stage, gf_event *events)
{
    const gf_effect *created = tell(stage, &events[0]);
    return (created->type != GF_JOB_CREATED) + complete(stage, &events[1], WORKER);
}

/* Besides, NOOP goes to one of the sleepers, who afterwards finds no other job and sleeps again. */
static uint64_t run_woken(bench_stage *stage, gf_event *events)
{
    const gf_effect *created = tell(stage, &events[0]);
    const gf_effect *woken = created - 1;
    if (created->type != GF_JOB_CREATED || woken->type != GF_NOOP)
        return 1;
    const uint32_t worker = woken->peer.slot;
    uint64_t wrong = complete(stage, &events[1], worker);
    wrong += tell_short(stage, worker, GF_GRAB_JOB)->type != GF_NO_JOB;
    tell_short(stage, worker, GF_PRE_SLEEP);
    return wrong;
}

uint64_t bench_run_jobs(bench_stage *stage)
{
    uint64_t wrong = stage->prepared == 0;
    for (uint32_t i = 0; i < stage->prepared; i++) {
        gf_event *events = &stage->events[2 * i];
        gf_core_time(stage->core, START, START);
        wrong += stage->setting.sleepers == 0 ? run_busy(stage, events) : run_woken(stage, events);
    }
    stage->prepared = 0;
    if (stage->recorder != NULL)
        write_recording(stage);
    return wrong;
}

/* --- submits one after another --- */

bool bench_prepare_submits(bench_stage *stage, uint32_t submits)
{
    if (!make_room(stage, submits))
        return false;
    for (uint32_t i = 0; i < submits; i++)
        if (!make_submit(stage, &stage->events[i], false))
            return false;
    stage->prepared = submits;
    return true;
}

uint64_t bench_run_submits(bench_stage *stage)
{
    uint64_t wrong = stage->prepared == 0;
    for (uint32_t i = 0; i < stage->prepared; i++)
        wrong += tell(stage, &stage->events[i])->type != GF_JOB_CREATED;
    stage->prepared = 0;
    if (stage->recorder != NULL)
        write_recording(stage);
    return wrong;
}

/* --- registrations --- */

static void leave(bench_stage *stage)
{
    tell(stage, &(gf_event){.peer = peer(NEWCOMER), .kind = GF_EVENT_GONE});
    stage->newcomer_is_here = false;
}

bool bench_prepare_registrations(bench_stage *stage)
{
    const uint32_t count = stage->setting.functions;
    if (!make_room(stage, count))
        return false;
    if (stage->newcomer_is_here)
        leave(stage);
    connect(stage, NEWCOMER);
    stage->newcomer_is_here = true;
    for (uint32_t i = 0; i < count; i++)
        if (!make_registration(stage, &stage->events[i], NEWCOMER, &stage->functions[i]))
            return false;
    stage->prepared = count;
    return true;
}

uint64_t bench_run_registrations(bench_stage *stage)
{
    gf_core_counts before, after;
    const uint32_t count = stage->prepared;
    gf_core_count(stage->core, &before);
    for (uint32_t i = 0; i < count; i++)
        tell(stage, &stage->events[i]);
    gf_core_count(stage->core, &after);
    stage->prepared = 0;
    return after.registrations - before.registrations - count;
}

uint64_t bench_run_departure(bench_stage *stage)
{
    gf_core_counts before, after;
    gf_core_count(stage->core, &before);
    leave(stage);
    gf_core_count(stage->core, &after);
    return before.registrations - after.registrations - stage->setting.functions;
}

/* --- grabs that find nothing --- */

static bool register_idle(bench_stage *stage)
{
    gf_event event;
    connect(stage, NEWCOMER);
    stage->newcomer_is_here = true;
    for (uint32_t i = 0; i < stage->setting.functions; i++) {
        const name function = name_of("idle-", i);
        if (!make_registration(stage, &event, NEWCOMER, &function))
            return false;
        tell(stage, &event);
    }
    return true;
}

bool bench_prepare_vain_grabs(bench_stage *stage)
{
    return stage->newcomer_is_here || register_idle(stage);
}

uint64_t bench_run_vain_grabs(bench_stage *stage, uint32_t count)
{
    uint64_t wrong = 0;
    for (uint32_t i = 0; i < count; i++) {
        wrong += tell_short(stage, NEWCOMER, GF_GRAB_JOB)->type != GF_NO_JOB;
        drop_effects(stage);
    }
    return wrong;
}
