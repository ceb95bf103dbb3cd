#include "ledger.h"

#include <string.h>

#include "check.h"
#include "events.h"
#include "gf_bytes.h"

enum { BODY_MOST = 32 * 1024 };

void ledger_start(ledger *book, const char *prefix)
{
    memset(book, 0, sizeof *book);
    memset(book->runner, NOBODY, sizeof book->runner);
    book->prefix = prefix;
}

gf_peer_id ledger_peer(const ledger *book, uint32_t slot)
{
    return (gf_peer_id){.slot = slot, .generation = book->generation[slot]};
}

/* --- what the events mean --- */

static void lose_jobs(ledger *book, uint32_t slot)
{
    for (uint32_t number = 0; number < book->jobs; number++)
        if (book->runner[number] == slot)
            book->runner[number] = NOBODY;
}

static void stop_waiting(ledger *book, uint32_t slot)
{
    for (uint32_t number = 0; number < book->jobs; number++) {
        book->attachments -= book->waits[number][slot];
        book->waits[number][slot] = 0;
    }
}

static void on_packet(ledger *book, const gf_event *event)
{
    if (event->type == GF_CAN_DO_TIMEOUT)
        book->has_timeouts[event->peer.slot] = true;
    if (event->type == GF_CANT_DO || event->type == GF_RESET_ABILITIES)
        lose_jobs(book, event->peer.slot);
}

static void on_gone(ledger *book, uint32_t slot)
{
    book->is_here[slot] = false;
    book->generation[slot]++;
    book->has_timeouts[slot] = false;
    book->last_assigned[slot] = 0;
    book->forgets_due++;
    stop_waiting(book, slot);
    lose_jobs(book, slot);
}

void ledger_event(ledger *book, const gf_event *event)
{
    book->cause = *event;
    if (event->kind == GF_EVENT_CONNECT)
        book->is_here[event->peer.slot] = true;
    else if (event->kind == GF_EVENT_GONE)
        on_gone(book, event->peer.slot);
    else if (event->kind == GF_EVENT_PACKET)
        on_packet(book, event);
}

void ledger_time(ledger *book)
{
    book->cause = (gf_event){.kind = GF_EVENT_FAULT};
    for (uint32_t slot = 0; slot < PEERS; slot++)
        if (book->has_leases || book->has_timeouts[slot])
            lose_jobs(book, slot);
}

/* --- what an effect says --- */

typedef struct body {
    uint8_t bytes[BODY_MOST];
    uint32_t size;
} body;

static void add(body *to, const void *bytes, uint32_t size)
{
    CHECK(size <= BODY_MOST - to->size);
    if (size > 0)
        memcpy(to->bytes + to->size, bytes, size);
    to->size += size;
}

static void add_range(body *to, const gf_effect *effect, uint32_t at, uint32_t length)
{
    if (length == 0)
        return;
    CHECK(effect->block != NULL);
    CHECK((uint64_t)at + length <= effect->block->size);
    add(to, gf_block_data(effect->block) + at, length);
}

static void add_handle(body *to, const ledger *book, const gf_effect *effect)
{
    uint8_t digits[10];
    add(to, book->prefix, (uint32_t)strlen(book->prefix));
    add(to, ":", 1);
    add(to, digits, gf_put_u32(digits, effect->number));
    if (effect->handle == GF_HANDLE_FIRST)
        add(to, "", 1);
}

/* The body as an I/O thread puts it together. */
static void put_together(body *out, const ledger *book, const gf_effect *effect)
{
    out->size = 0;
    CHECK(effect->handle <= GF_HANDLE_FIRST);
    CHECK(effect->handle != GF_HANDLE_ALONE || effect->length + effect->length2 == 0);
    if (effect->handle != GF_HANDLE_NONE)
        add_handle(out, book, effect);
    CHECK(effect->error < GF_ERRORS);
    add(out, gf_errors[effect->error].body, gf_errors[effect->error].size);
    add_range(out, effect, effect->at, effect->length);
    add_range(out, effect, effect->at2, effect->length2);
}

static uint32_t read_number(const uint8_t *digits, const uint8_t *end)
{
    uint64_t number = 0;
    for (; digits < end && *digits >= '0' && *digits <= '9'; digits++)
        number = number * 10 + (uint64_t)(*digits - '0');
    CHECK(number > 0 && number <= UINT32_MAX);
    return (uint32_t)number;
}

/* Of the handle that the body begins with; 0 when the job is beyond what the ledger holds. */
static uint32_t number_in(const ledger *book, const body *text)
{
    const size_t prefix = strlen(book->prefix);
    CHECK(text->size > prefix + 1);
    CHECK(memcmp(text->bytes, book->prefix, prefix) == 0 && text->bytes[prefix] == ':');
    const uint32_t number = read_number(text->bytes + prefix + 1, text->bytes + text->size);
    return number < JOBS_MOST ? number : 0;
}

/* --- what the effects mean --- */

static bool is_foreground(uint8_t type)
{
    return type == GF_SUBMIT_JOB || type == GF_SUBMIT_JOB_HIGH || type == GF_SUBMIT_JOB_LOW ||
           type == GF_SUBMIT_REDUCE_JOB;
}

static void on_created(ledger *book, uint32_t slot, uint32_t number)
{
    CHECK(book->cause.kind == GF_EVENT_PACKET && gf_packets[book->cause.type].submit);
    CHECK(book->cause.peer.slot == slot);
    if (number >= book->jobs)
        book->jobs = number + 1;
    if (is_foreground(book->cause.type)) {
        book->waits[number][slot]++;
        book->attachments++;
    }
}

static void on_assigned(ledger *book, uint32_t slot, uint32_t number)
{
    CHECK(book->cause.peer.slot == slot);
    CHECK(book->runner[number] == NOBODY);
    book->runner[number] = (uint8_t)slot;
    book->last_assigned[slot] = number;
}

static void on_final(ledger *book, uint32_t slot, uint32_t number)
{
    CHECK(book->waits[number][slot] > 0);
    book->waits[number][slot]--;
    book->attachments--;
    book->runner[number] = NOBODY;
}

/* Only who runs a job may speak of it. After a CANT_DO or a time-out that may be nobody we know. */
static void check_speaker(const ledger *book, uint8_t type, uint32_t number)
{
    const uint8_t runner = book->runner[number];
    const bool is_report = gf_packets[type].request;
    if (is_report && book->cause.kind == GF_EVENT_PACKET && runner != NOBODY)
        CHECK(runner == book->cause.peer.slot);
}

static void on_job_packet(ledger *book, uint32_t slot, uint8_t type, uint32_t number)
{
    check_speaker(book, type, number);
    switch (type) {
    case GF_JOB_CREATED:
        on_created(book, slot, number);
        break;
    case GF_JOB_ASSIGN:
    case GF_JOB_ASSIGN_UNIQ:
    case GF_JOB_ASSIGN_ALL:
        on_assigned(book, slot, number);
        break;
    case GF_WORK_COMPLETE:
    case GF_WORK_FAIL:
    case GF_WORK_EXCEPTION:
        on_final(book, slot, number);
        break;
    default: /* WORK_DATA, WORK_WARNING, WORK_STATUS */
        CHECK(book->waits[number][slot] > 0);
    }
}

static bool is_about_a_job(uint8_t type)
{
    return type == GF_JOB_CREATED || type == GF_JOB_ASSIGN || type == GF_JOB_ASSIGN_UNIQ ||
           type == GF_JOB_ASSIGN_ALL || type == GF_WORK_COMPLETE || type == GF_WORK_FAIL ||
           type == GF_WORK_EXCEPTION || type == GF_WORK_DATA || type == GF_WORK_WARNING ||
           type == GF_WORK_STATUS;
}

static bool is_an_answer(uint8_t type)
{
    return type == GF_NOOP || type == GF_NO_JOB || type == GF_ERROR || type == GF_ECHO_RES ||
           type == GF_OPTION_RES || type == GF_STATUS_RES || type == GF_STATUS_RES_UNIQUE;
}

static void on_effect_packet(ledger *book, const gf_effect *effect)
{
    body text;
    body_cuts cuts;
    put_together(&text, book, effect);
    CHECK(is_about_a_job(effect->type) || is_an_answer(effect->type));
    CHECK(effect->type == GF_ERROR || effect->error == GF_ERROR_NONE);
    CHECK(effect->type != GF_ERROR || (effect->error != GF_ERROR_NONE) == (effect->block == NULL));
    CHECK(cut_body(effect->type, text.bytes, text.size, &cuts) == GF_ERROR_NONE);
    const uint32_t number = is_about_a_job(effect->type) ? number_in(book, &text) : 0;
    if (number != 0)
        on_job_packet(book, effect->peer.slot, effect->type, number);
}

static void on_forget(ledger *book, const gf_effect *effect)
{
    CHECK(book->cause.kind == GF_EVENT_GONE);
    CHECK(effect->peer.slot == book->cause.peer.slot);
    CHECK(effect->peer.generation == book->cause.peer.generation);
    CHECK(book->forgets_due == 1);
    book->forgets_due--;
}

/* Reads it all, for the sanitizers. */
static void on_text(const gf_effect *effect)
{
    CHECK(effect->block != NULL && effect->length > 0);
    CHECK((uint64_t)effect->at + effect->length <= effect->block->size);
    gf_find_nul(gf_block_data(effect->block) + effect->at, effect->length);
}

static void check_addressee(const ledger *book, gf_peer_id peer)
{
    CHECK(peer.slot < PEERS);
    CHECK(book->is_here[peer.slot]);
    CHECK(book->generation[peer.slot] == peer.generation);
}

void ledger_effect(ledger *book, const gf_effect *effect)
{
    CHECK(effect->kind <= GF_EFFECT_RECORD);
    switch ((gf_effect_kind)effect->kind) {
    case GF_EFFECT_PACKET:
        check_addressee(book, effect->peer);
        on_effect_packet(book, effect);
        return;
    case GF_EFFECT_TEXT:
        check_addressee(book, effect->peer);
        on_text(effect);
        return;
    case GF_EFFECT_FORGET:
        on_forget(book, effect);
        return;
    case GF_EFFECT_LOG:
        on_text(effect);
        return;
    case GF_EFFECT_RECORD:
        CHECK(!"it was answered before");
        return;
    case GF_EFFECT_SHUTDOWN:
        CHECK(book->cause.kind == GF_EVENT_LINE);
        return;
    case GF_EFFECT_PAUSE:
    case GF_EFFECT_RESUME:
        CHECK(!"there is no store to wait for");
        return;
    case GF_EFFECT_CLOSE:
        CHECK(!"there is memory for everything");
        return;
    }
}

void ledger_settle(ledger *book, const gf_core_counts *counts)
{
    CHECK(book->forgets_due == 0);
    CHECK(counts->attachments == book->attachments);
    CHECK(counts->lost_effects == 0 && counts->lost_timeouts == 0);
    CHECK(counts->submitted >= counts->jobs + counts->completed + counts->failed);
    const uint64_t abandoned = counts->submitted - counts->jobs - counts->completed - counts->failed;
    CHECK(abandoned >= book->abandoned);
    book->abandoned = abandoned;
}
