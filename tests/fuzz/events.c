#include "events.h"

#include <string.h>

#include "check.h"
#include "gf_bytes.h"
#include "gf_slab.h"

enum { LINK_SIZE = sizeof(void *) }; /* where a free block keeps its link */

/* Reading past what was written into the block is an error, though the block has room there. */
static void forbid_rest(gf_block *block, uint32_t used)
{
    uint8_t *data = gf_block_data(block);
    const uint32_t kept = used < LINK_SIZE ? LINK_SIZE : used;
    (void)data, (void)kept;
    ASAN_POISON_MEMORY_REGION(data + kept, block->size - kept);
}

static gf_block *block_of(event_maker *maker, const void *bytes, uint32_t room, uint32_t size)
{
    gf_block *block = gf_block_new(maker->pool, (size_t)room + size);
    CHECK(block != NULL);
    memcpy(gf_block_data(block) + room, bytes, size);
    forbid_rest(block, room + size);
    return block;
}

gf_error cut_body(uint8_t type, const uint8_t *body, uint32_t size, body_cuts *out)
{
    const gf_packet_info *info = &gf_packets[type];
    const uint32_t terminated = info->data || info->arguments == 0 ? info->arguments : info->arguments - 1U;
    *out = (body_cuts){.count = terminated};
    for (uint32_t i = 0; i < terminated; i++) {
        const uint8_t *nul = gf_find_nul(body + out->data, size - out->data);
        if (nul == NULL)
            return GF_ERROR_MISSING_ARGUMENT;
        out->ends[i] = (uint32_t)(nul - body);
        if (out->ends[i] - out->data > GF_ARGUMENT_MAX)
            return GF_ERROR_ARGUMENT_TOO_LARGE;
        out->data = out->ends[i] + 1;
    }
    const bool long_last = !info->data && size - out->data > GF_ARGUMENT_MAX;
    return long_last ? GF_ERROR_ARGUMENT_TOO_LARGE : GF_ERROR_NONE;
}

static uint32_t unique_hash(const event_maker *maker, const gf_event *event, const uint8_t *body)
{
    const uint8_t *unique = body + event->argument1 + 1;
    uint32_t size = event->argument2 - event->argument1 - 1;
    if (size == 1 && unique[0] == '-') {
        unique = body + event->data;
        size = event->size - event->data;
    }
    return size == 0 ? 0 : gf_hash(&maker->seed, unique, size);
}

static void hash_arguments(const event_maker *maker, gf_event *event, const uint8_t *body)
{
    const bool registers =
        event->type == GF_CAN_DO || event->type == GF_CANT_DO || event->type == GF_CAN_DO_TIMEOUT;
    if (registers || gf_packets[event->type].submit)
        event->function_hash = gf_hash(&maker->seed, body, event->argument1);
    if (gf_packets[event->type].submit)
        event->unique_hash = unique_hash(maker, event, body);
}

/* The parser passes over a body that does not matter. */
static bool has_body(const gf_packet_info *info, uint32_t size)
{
    return info->request && (info->arguments > 0 || info->data) && size > 0;
}

gf_event make_packet(event_maker *maker, gf_peer_id peer, uint8_t type, const uint8_t *body, uint32_t size)
{
    const gf_packet_info *info = &gf_packets[type];
    gf_event event = {.peer = peer, .kind = GF_EVENT_PACKET, .type = type};
    body_cuts cuts;
    if (has_body(info, size)) {
        event.size = size;
        event.block = block_of(maker, body, info->submit ? GF_JOB_ROOM : 0, size);
    }
    if (!info->request)
        return event;
    const gf_error error = cut_body(type, body, event.size, &cuts);
    if (error == GF_ERROR_MISSING_ARGUMENT && info->arguments == 1 && event.size > 0) {
        event.argument1 = event.argument2 = event.data = event.size;
        return event;
    }
    if (error != GF_ERROR_NONE) {
        event.kind = GF_EVENT_FAULT;
        event.error = (uint8_t)error;
        return event;
    }
    event.argument1 = cuts.count > 0 ? cuts.ends[0] : event.size;
    event.argument2 = cuts.count > 1 ? cuts.ends[1] : event.size;
    event.data = cuts.data;
    hash_arguments(maker, &event, body);
    return event;
}

gf_event make_line(event_maker *maker, gf_peer_id peer, const uint8_t *line, uint32_t size)
{
    gf_block *block = size == 0 ? NULL : block_of(maker, line, 0, size);
    return (gf_event){.peer = peer, .kind = GF_EVENT_LINE, .size = size, .block = block};
}

gf_event make_connect(event_maker *maker, gf_peer_id peer)
{
    static const char address[] = "10.0.0.1";
    const uint32_t size = sizeof address - 1;
    return (gf_event){.peer = peer,
                      .kind = GF_EVENT_CONNECT,
                      .size = size,
                      .block = block_of(maker, address, 0, size),
                      .argument1 = 40 + peer.slot};
}

gf_event make_fault(gf_peer_id peer, gf_error error)
{
    return (gf_event){.peer = peer, .kind = GF_EVENT_FAULT, .error = (uint8_t)error};
}

gf_event make_gone(gf_peer_id peer)
{
    return (gf_event){.peer = peer, .kind = GF_EVENT_GONE};
}
