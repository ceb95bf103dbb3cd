/* Effects: everything the core tells the outside. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gf_log.h"
#include "gf_parts.h"

static gf_effect *effect_slot(gf_core *core)
{
    if (core->effect_count == core->effect_capacity) {
        size_t capacity = core->effect_capacity == 0 ? 256 : core->effect_capacity * 2;
        gf_effect *grown = realloc(core->effects, capacity * sizeof *grown);
        if (grown == NULL) {
            core->counts.lost_effects++;
            return NULL;
        }
        core->effects = grown;
        core->effect_capacity = capacity;
    }
    return &core->effects[core->effect_count++];
}

void gf_effect_add(gf_core *core, const gf_effect *effect)
{
    gf_effect *slot = effect_slot(core);
    if (slot != NULL)
        *slot = *effect;
    else if (effect->block != NULL)
        gf_block_unref(effect->block, core->pool);
}

static void tell(gf_core *core, gf_effect effect)
{
    gf_effect *slot = effect_slot(core);
    if (slot == NULL)
        return;
    if (effect.block != NULL)
        gf_block_ref(effect.block);
    *slot = effect;
}

static gf_effect packet(const gf_peer *peer, gf_packet_type type)
{
    return (gf_effect){.peer = peer->id, .kind = GF_EFFECT_PACKET, .type = (uint8_t)type};
}

void gf_reply_empty(gf_core *core, const gf_peer *peer, gf_packet_type type)
{
    tell(core, packet(peer, type));
}

static void reply_handle(gf_core *core, const gf_peer *peer, gf_packet_type type, uint32_t number, int handle)
{
    gf_effect effect = packet(peer, type);
    effect.handle = (uint8_t)handle;
    effect.number = number;
    tell(core, effect);
}

void gf_reply_handle(gf_core *core, const gf_peer *peer, gf_packet_type type, uint32_t number)
{
    reply_handle(core, peer, type, number, GF_HANDLE_ALONE);
}

/* A packet that has data, but none of it. */
void gf_reply_handle_no_data(gf_core *core, const gf_peer *peer, gf_packet_type type, uint32_t number)
{
    reply_handle(core, peer, type, number, GF_HANDLE_FIRST);
}

/* The store's trouble is told in its own words. */
void gf_reply_error(gf_core *core, const gf_peer *peer, gf_error error)
{
    gf_effect effect = packet(peer, GF_ERROR);
    effect.error = (uint8_t)error;
    bool has_words = error == GF_ERROR_STORE && core->journal.trouble != NULL;
    tell(core, has_words ? gf_trouble_effect(core, peer->id) : effect);
    gf_core_log(core, GF_LOG_WARNING, "Answered an error to %.*s: %s: %s", peer->address_size,
                (const char *)peer->address, gf_errors[error].body,
                gf_errors[error].body + strlen(gf_errors[error].body) + 1);
}

void gf_reply_block(gf_core *core, const gf_peer *peer, gf_packet_type type, gf_block *block, uint32_t at,
                    uint32_t length)
{
    gf_effect effect = packet(peer, type);
    effect.block = block;
    effect.at = at;
    effect.length = block == NULL ? 0 : length;
    tell(core, effect);
}

void gf_reply_text(gf_core *core, const gf_peer *peer, gf_block *block, uint32_t length)
{
    tell(core, (gf_effect){.peer = peer->id, .kind = GF_EFFECT_TEXT, .block = block, .length = length});
}

/* How much of the job's body stands between the handle and the data in this kind of answer. */
static uint32_t names_size(gf_packet_type type, const gf_job *job)
{
    uint32_t size = job->function_size + 1U;
    if (type == GF_JOB_ASSIGN)
        return size;
    size += job->unique_size + 1U;
    return type == GF_JOB_ASSIGN_UNIQ ? size : size + job->reducer_size + 1U;
}

void gf_reply_assign(gf_core *core, const gf_peer *peer, gf_packet_type type, const gf_job *job)
{
    gf_effect effect = packet(peer, type);
    effect.handle = GF_HANDLE_FIRST;
    effect.number = gf_job_number(job);
    effect.block = gf_job_block(job);
    effect.at = GF_JOB_ROOM;
    effect.length = names_size(type, job);
    effect.at2 = GF_JOB_ROOM + job->data_at;
    effect.length2 = job->data_size;
    tell(core, effect);
}

void gf_reply_forget(gf_core *core, gf_peer_id peer)
{
    tell(core, (gf_effect){.peer = peer, .kind = GF_EFFECT_FORGET});
}

void gf_reply_shutdown(gf_core *core, bool graceful)
{
    tell(core, (gf_effect){.kind = GF_EFFECT_SHUTDOWN, .number = graceful ? 1 : 0});
}

enum { LOG_TEXT_MAX = 480 };

void gf_core_log(gf_core *core, int level, const char *format, ...)
{
    if (level > core->options.log_level)
        return;
    gf_block *block = gf_block_new(core->pool, LOG_TEXT_MAX);
    if (block == NULL)
        return;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf((char *)gf_block_data(block), LOG_TEXT_MAX, format, arguments);
    va_end(arguments);
    if (length > 0) {
        uint32_t shown = length < LOG_TEXT_MAX ? (uint32_t)length : LOG_TEXT_MAX - 1;
        tell(core,
             (gf_effect){.kind = GF_EFFECT_LOG, .error = (uint8_t)level, .block = block, .length = shown});
    }
    gf_block_unref(block, core->pool);
}
