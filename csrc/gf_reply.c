/* Effects: everything the core tells the outside. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gf_log.h"
#include "gf_parts.h"

bool gf_effects_have_room(gf_core *core)
{
    gf_effect *grown =
        gf_array_with_room(core->effects, core->effect_count, &core->effect_capacity, sizeof *grown);
    if (grown != NULL)
        core->effects = grown;
    return grown != NULL;
}

static bool has_room(gf_core *core, gf_peer_id peer)
{
    if (core->effect_count < core->effect_capacity || gf_effects_have_room(core))
        return true;
    gf_core_cut_off(core, peer);
    return false;
}

void gf_effect_add(gf_core *core, const gf_effect *effect)
{
    if (has_room(core, effect->peer))
        core->effects[core->effect_count++] = *effect;
    else if (effect->block != NULL)
        gf_block_unref(effect->block, core->pool);
}

/* The next effect, to be written in place; NULL when memory is out, and the peer is not told. */
static gf_effect *tell(gf_core *core, gf_peer_id peer, gf_effect_kind kind)
{
    if (!has_room(core, peer))
        return NULL;
    gf_effect *effect = &core->effects[core->effect_count++];
    *effect = (gf_effect){.peer = peer, .kind = (uint8_t)kind};
    return effect;
}

static gf_effect *packet(gf_core *core, const gf_peer *peer, gf_packet_type type)
{
    gf_effect *effect = tell(core, peer->id, GF_EFFECT_PACKET);
    if (effect != NULL)
        effect->type = (uint8_t)type;
    return effect;
}

static void refer(gf_effect *effect, gf_block *block, uint32_t at, uint32_t length)
{
    effect->block = gf_block_ref(block);
    effect->at = at;
    effect->length = length;
}

void gf_reply_empty(gf_core *core, const gf_peer *peer, gf_packet_type type)
{
    packet(core, peer, type);
}

static void reply_handle(gf_core *core, const gf_peer *peer, gf_packet_type type, uint32_t number, int handle)
{
    gf_effect *effect = packet(core, peer, type);
    if (effect == NULL)
        return;
    effect->handle = (uint8_t)handle;
    effect->number = number;
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

static void refer_to_limit(const gf_core *core, gf_effect *effect, gf_error error)
{
    size_t code = strlen(gf_errors[error].body) + 1;
    refer(effect, core->limit_texts[error], 0, (uint32_t)(code + strlen(gf_error_text(core, error))));
}

/* The store's trouble is told in its own words, a limit with its value. */
void gf_reply_error(gf_core *core, const gf_peer *peer, gf_error error)
{
    gf_effect *effect = packet(core, peer, GF_ERROR);
    core->errors[error]++;
    if (effect != NULL && error == GF_ERROR_STORE && core->journal.trouble != NULL)
        refer(effect, core->journal.trouble, 0, core->journal.trouble_size);
    else if (effect != NULL && core->limit_texts[error] != NULL)
        refer_to_limit(core, effect, error);
    else if (effect != NULL)
        effect->error = (uint8_t)error;
    gf_core_log(core, GF_LOG_WARNING, "Answered an error to %.*s: %s: %s", peer->address_size,
                (const char *)peer->address, gf_errors[error].body, gf_error_text(core, error));
}

void gf_reply_block(gf_core *core, const gf_peer *peer, gf_packet_type type, gf_block *block, uint32_t at,
                    uint32_t length)
{
    gf_effect *effect = packet(core, peer, type);
    if (effect != NULL && block != NULL)
        refer(effect, block, at, length);
}

void gf_reply_text(gf_core *core, const gf_peer *peer, gf_block *block, uint32_t length)
{
    gf_effect *effect = tell(core, peer->id, GF_EFFECT_TEXT);
    if (effect != NULL)
        refer(effect, block, 0, length);
}

void gf_ask_recorder(gf_core *core, const gf_peer *peer, gf_block *block, uint32_t length)
{
    gf_effect *effect = tell(core, peer->id, GF_EFFECT_RECORD);
    if (effect != NULL)
        refer(effect, block, 0, length);
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
    gf_effect *effect = packet(core, peer, type);
    if (effect == NULL)
        return;
    effect->handle = GF_HANDLE_FIRST;
    effect->number = gf_job_number(job);
    refer(effect, gf_job_block(job), GF_JOB_ROOM, names_size(type, job));
    effect->at2 = GF_JOB_ROOM + job->data_at;
    effect->length2 = job->data_size;
}

void gf_reply_close(gf_core *core, gf_peer_id peer)
{
    tell(core, peer, GF_EFFECT_CLOSE);
}

void gf_reply_forget(gf_core *core, gf_peer_id peer)
{
    tell(core, peer, GF_EFFECT_FORGET);
}

void gf_reply_shutdown(gf_core *core, bool graceful)
{
    gf_effect *effect = tell(core, (gf_peer_id){0}, GF_EFFECT_SHUTDOWN);
    if (effect != NULL)
        effect->number = graceful ? 1 : 0;
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
    gf_effect *effect = length > 0 ? tell(core, (gf_peer_id){0}, GF_EFFECT_LOG) : NULL;
    if (effect != NULL) {
        effect->error = (uint8_t)level;
        refer(effect, block, 0, length < LOG_TEXT_MAX ? (uint32_t)length : LOG_TEXT_MAX - 1);
    }
    gf_block_unref(block, core->pool);
}
