#include "gearman.h"

#include "dialect.h"
#include "gf_bytes.h"
#include "gf_packet.h"
#include "payload.h"

static uint8_t *packet(buffer *out, gf_packet_type type, size_t body)
{
    uint8_t *at = buffer_room(out, GF_HEADER_SIZE + body);
    gf_store_be32(at, GF_MAGIC_REQ);
    gf_store_be32(at + 4, type);
    gf_store_be32(at + 8, (uint32_t)body);
    buffer_added(out, GF_HEADER_SIZE + body);
    return at + GF_HEADER_SIZE;
}

/* An argument and the NUL behind it; returns where the next one begins. */
static uint8_t *argument(uint8_t *at, span text)
{
    if (text.length > 0)
        memcpy(at, text.at, text.length);
    at[text.length] = 0;
    return at + text.length + 1;
}

static void put_submit(buffer *out, const submit *job)
{
    const gf_packet_type type = job->is_foreground ? GF_SUBMIT_JOB : GF_SUBMIT_JOB_BG;
    uint8_t *at = packet(out, type, job->function.length + job->unique.length + 2 + job->size);
    at = argument(at, job->function);
    at = argument(at, job->unique);
    payload_write(at, job->stamp, job->size);
}

static void put_echo(buffer *out, span data)
{
    memcpy(packet(out, GF_ECHO_REQ, data.length), data.at, data.length);
}

static void put_can_do(buffer *out, span name)
{
    memcpy(packet(out, GF_CAN_DO, name.length), name.at, name.length);
}

static void put_grab(buffer *out)
{
    packet(out, GF_GRAB_JOB_ALL, 0);
}

static void put_pre_sleep(buffer *out)
{
    packet(out, GF_PRE_SLEEP, 0);
}

void gearman_result(buffer *out, span handle, const uint8_t *data, size_t size, int is_last)
{
    uint8_t *at = packet(out, is_last ? GF_WORK_COMPLETE : GF_WORK_DATA, handle.length + 1 + size);
    memcpy(argument(at, handle), data, size);
}

static void put_complete(buffer *out, const answer *assigned)
{
    gearman_result(out, assigned->handle, assigned->data.at, assigned->data.length, 1);
}

/* Splits off the argument at the front of `rest`. */
static bool cut(span *rest, span *part)
{
    const uint8_t *end = gf_find_nul(rest->at, rest->length);
    if (end == NULL)
        return false;
    *part = (span){rest->at, (size_t)(end - rest->at)};
    rest->at = end + 1;
    rest->length -= part->length + 1;
    return true;
}

static bool cut_assignment(bool has_unique, span body, answer *found)
{
    found->kind = ANSWER_ASSIGNED;
    return cut(&body, &found->handle) && cut(&body, &found->function) &&
           (!has_unique || cut(&body, &found->unique)) && (found->data = body, true);
}

static bool cut_result(answer_kind kind, span body, answer *found)
{
    found->kind = kind;
    return cut(&body, &found->handle) && (found->data = body, true);
}

static bool cut_body(uint32_t type, span body, answer *found)
{
    switch (type) {
    case GF_JOB_CREATED:
        *found = (answer){.kind = ANSWER_CREATED, .handle = body};
        return true;
    case GF_JOB_ASSIGN:
    case GF_JOB_ASSIGN_UNIQ:
        return cut_assignment(type == GF_JOB_ASSIGN_UNIQ, body, found);
    case GF_WORK_COMPLETE:
        return cut_result(ANSWER_RESULT, body, found);
    case GF_WORK_DATA:
        return cut_result(ANSWER_PART, body, found);
    case GF_NO_JOB:
    case GF_NOOP:
        found->kind = type == GF_NOOP ? ANSWER_WAKE : ANSWER_NO_JOB;
        return true;
    case GF_ECHO_RES:
        *found = (answer){.kind = ANSWER_ECHO, .data = body};
        return true;
    case GF_ERROR:
        return cut_result(ANSWER_REFUSED, body, found); /* a code, then a sentence */
    default:
        return false;
    }
}

static ssize_t parse(span input, answer *found, size_t *wanted)
{
    *wanted = 0;
    if (input.length < GF_HEADER_SIZE)
        return 0;
    if (gf_load_be32(input.at) != GF_MAGIC_RES)
        return -1;
    const uint32_t body = gf_load_be32(input.at + 8);
    *wanted = (size_t)GF_HEADER_SIZE + body;
    if (input.length < *wanted)
        return 0;
    *found = (answer){0};
    const span rest = {input.at + GF_HEADER_SIZE, body};
    return cut_body(gf_load_be32(input.at + 4), rest, found) ? (ssize_t)*wanted : -1;
}

const dialect gearman_dialect = {
    .name = "gearman",
    .has_functions = true,
    .has_sleep = true,
    .submit = put_submit,
    .echo = put_echo,
    .register_function = put_can_do,
    .grab = put_grab,
    .sleep = put_pre_sleep,
    .finish = put_complete,
    .parse = parse,
};
