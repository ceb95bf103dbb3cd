#include "steps.h"

#include <string.h>

#include "check.h"
#include "gf_bytes.h"

enum { LARGE = 255 };

gf_core_options options_in(input *in)
{
    static const int wakeups[] = {GF_WAKE_AUTO, GF_WAKE_ALL, 1, 2};
    const uint8_t first = take_byte(in), second = take_byte(in);
    return (gf_core_options){
        .compat = first & 1 ? GF_COMPAT_1_1 : GF_COMPAT_2_0,
        .round_robin = first & 2,
        .exceptions = first & 4,
        .allow_shutdown = first & 8,
        .wakeup = wakeups[first >> 4 & 3],
        .log_level = first & 64 ? 7 : 0,
        .suspect_after = first & 128 ? 1 : 1000,
        .max_attempts = second & 3,
        .io_threads = 1 + (second >> 2 & 3),
        .memory_limit = second & 16 ? 6000 : 0,
        .buckets = second & 32 ? 1 : 383,
        .max_functions = second & 64 ? 2 : 0,
        .max_uniques = second & 64 ? 1 : 0,
        .job_lease = second & 128 ? 5000 : 0,
    };
}

const uint8_t *text_in(input *in, size_t *size)
{
    *size = take_byte(in);
    return take_bytes(in, size);
}

enum { PADDING = GF_ARGUMENT_MAX - LARGE, PADDING_MOST = PADDING + 255 };

/* PACKET: type, length, body. The greatest length means that a byte follows, and padding stands in front:
 * then the body is about as long as an argument may be. */
static void step_packet(world *all, uint32_t slot, input *in)
{
    uint8_t large[PADDING_MOST + LARGE];
    const uint8_t type = (uint8_t)(1 + take_byte(in) % (GF_PACKET_TYPES - 1));
    size_t size;
    const uint8_t *body = text_in(in, &size);
    if (size < LARGE) {
        world_packet(all, slot, type, body, size);
        return;
    }
    const size_t padding = PADDING + take_byte(in);
    memset(large, 'x', padding);
    memcpy(large + padding, body, size);
    world_packet(all, slot, type, large, padding + size);
}

typedef struct body {
    uint8_t bytes[512];
    size_t size;
} body;

static void add(body *to, const void *bytes, size_t size)
{
    CHECK(size <= sizeof to->bytes - to->size);
    if (size > 0)
        memcpy(to->bytes + to->size, bytes, size);
    to->size += size;
}

static void add_word(body *to, const char *word)
{
    add(to, word, strlen(word) + 1);
}

/* SUBMIT: type, names, length, data. The names are two bits each, so that jobs meet. */
static void step_submit(world *all, uint32_t slot, input *in)
{
    static const uint8_t types[] = {
        GF_SUBMIT_JOB,        GF_SUBMIT_JOB_BG,
        GF_SUBMIT_JOB_HIGH,   GF_SUBMIT_JOB_HIGH_BG,
        GF_SUBMIT_JOB_LOW,    GF_SUBMIT_JOB_LOW_BG,
        GF_SUBMIT_JOB_EPOCH,  GF_SUBMIT_JOB_SCHED,
        GF_SUBMIT_REDUCE_JOB, GF_SUBMIT_REDUCE_JOB_BACKGROUND,
    };
    static const char *const functions[] = {"a", "b", "c", "A"};
    static const char *const uniques[] = {"", "-", "u", "v"};
    static const char *const times[] = {"0", "1001", "1010", "1060"};
    const uint8_t type = types[take_byte(in) % sizeof types], names = take_byte(in);
    size_t size;
    const uint8_t *data = text_in(in, &size);
    body text = {.size = 0};
    add_word(&text, functions[names & 3]);
    add_word(&text, uniques[names >> 2 & 3]);
    if (type == GF_SUBMIT_JOB_EPOCH)
        add_word(&text, times[names >> 4 & 3]);
    if (type == GF_SUBMIT_JOB_SCHED)
        add(&text, "\0\0\0\0", 5);
    if (type == GF_SUBMIT_REDUCE_JOB || type == GF_SUBMIT_REDUCE_JOB_BACKGROUND)
        add(&text, "reducer\0", 9);
    add(&text, data, size);
    world_packet(all, slot, type, text.bytes, text.size);
}

static void add_handle(body *to, uint32_t number)
{
    uint8_t digits[10];
    add(to, "H:", 2);
    add(to, digits, gf_put_u32(digits, number));
}

/* WORK: what a worker says of the job it was given last: type, length, what follows the handle. */
static void step_work(world *all, uint32_t slot, input *in)
{
    static const uint8_t types[] = {GF_WORK_COMPLETE, GF_WORK_FAIL,   GF_WORK_EXCEPTION, GF_WORK_DATA,
                                    GF_WORK_WARNING,  GF_WORK_STATUS, GF_GET_STATUS};
    const uint8_t type = types[take_byte(in) % sizeof types];
    size_t size;
    const uint8_t *rest = text_in(in, &size);
    body text = {.size = 0};
    add_handle(&text, all->book.last_assigned[slot]);
    if (type != GF_WORK_FAIL && type != GF_GET_STATUS)
        add(&text, "", 1);
    add(&text, rest, size);
    world_packet(all, slot, type, text.bytes, text.size);
}

/* LINE: length, text without a line end. */
static void step_line(world *all, uint32_t slot, input *in)
{
    size_t size;
    const uint8_t *line = text_in(in, &size);
    const uint8_t *end = size == 0 ? NULL : memchr(line, '\n', size);
    world_line(all, slot, line, end == NULL ? size : (size_t)(end - line));
}

/* TIME: a byte; the wall clock may be set to anything. */
static void step_time(world *all, input *in)
{
    static const uint32_t waits[] = {0, 1, 100, 999, 1000, 5000, 60 * 1000, UINT32_MAX};
    static const int64_t jumps[] = {0, 1, 1000, 10 * 1000, 60 * 1000, 86400 * 1000, -10 * 1000, -3600 * 1000};
    const uint8_t how = take_byte(in);
    world_wait(all, waits[how & 7], jumps[how >> 3 & 7]);
}

/* FAULT: which. */
static void step_fault(world *all, uint32_t slot, input *in)
{
    const gf_error error = (gf_error)(1 + take_byte(in) % (GF_ERRORS - 1));
    world_event(all, make_fault(ledger_peer(&all->book, slot), error));
}

/* COME_OR_GO: a peer that is here goes, any other comes. */
static void step_come_or_go(world *all, uint32_t slot)
{
    if (all->book.is_here[slot])
        world_event(all, make_gone(ledger_peer(&all->book, slot)));
    else if (world_has_left(all, slot))
        world_connect(all, slot);
}

enum { COME_OR_GO, PACKET, LINE, TIME, SUBMIT, WORK, FAULT };

static void step(world *all, input *in, uint8_t byte)
{
    const uint32_t slot = byte >> 3 & 7;
    const int kind = byte & 7;
    if (kind == TIME)
        step_time(all, in);
    else if (kind == COME_OR_GO || !all->book.is_here[slot])
        step_come_or_go(all, slot);
    else if (kind == LINE)
        step_line(all, slot, in);
    else if (kind == SUBMIT)
        step_submit(all, slot, in);
    else if (kind == WORK)
        step_work(all, slot, in);
    else if (kind == FAULT)
        step_fault(all, slot, in);
    else
        step_packet(all, slot, in);
}

enum { STEPS_MOST = 1000, OWN_STEP = 0x80 };

void play_steps(world *all, input *in, own_step *own)
{
    for (int steps = 0; steps < STEPS_MOST && in->left > 0; steps++) {
        const uint8_t byte = take_byte(in);
        if (own != NULL && (byte & OWN_STEP) != 0)
            own(all, in, byte);
        else
            step(all, in, byte);
    }
}
