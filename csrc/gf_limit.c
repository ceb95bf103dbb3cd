/* Limits of the whole server: what counts, who is refused, and what they are told. */
#include <stdio.h>
#include <string.h>

#include "gf_parts.h"

/* What tables take for each of their nodes. */
enum { NUMBER_PLACE = 8, INDEX_PLACE = 32 };

static uint64_t in_tables(const gf_core *core)
{
    uint64_t indexed = core->uniques.count + core->counts.registrations;
    uint64_t timers = (uint64_t)core->delayed.capacity + core->timeouts.capacity;
    return core->counts.jobs * NUMBER_PLACE + indexed * INDEX_PLACE + timers * sizeof(gf_timer_entry);
}

static uint64_t for_peers(const gf_core *core)
{
    const gf_core_counts *counts = &core->counts;
    return core->object_bytes + counts->registrations * (sizeof(gf_block) + sizeof(gf_registration)) +
           counts->attachments * (sizeof(gf_block) + sizeof(gf_attachment));
}

static uint64_t for_the_store(const gf_core *core)
{
    return core->journal.capacity * sizeof(gf_record) + core->holds.capacity * sizeof(gf_held);
}

uint64_t gf_memory_used(const gf_core *core)
{
    uint64_t jobs = core->counts.job_bytes + core->counts.jobs * sizeof(gf_block);
    return jobs + for_peers(core) + in_tables(core) + for_the_store(core) + core->outside.held;
}

bool gf_memory_is_over(const gf_core *core, uint64_t more, uint64_t limit)
{
    return gf_memory_used(core) + more > limit;
}

gf_error gf_functions_refusal(const gf_core *core)
{
    uint64_t limit = core->options.max_functions;
    return limit != 0 && core->counts.functions >= limit ? GF_ERROR_FUNCTIONS_LIMIT : GF_ERROR_NONE;
}

gf_error gf_uniques_refusal(const gf_core *core)
{
    uint64_t limit = core->options.max_uniques;
    return limit != 0 && core->uniques.count >= limit ? GF_ERROR_UNIQUES_LIMIT : GF_ERROR_NONE;
}

enum { TEXT_MAX = 128 };

/* The text of the error, and behind it the limit's value. */
static bool name_value(gf_core *core, gf_error error, uint64_t value, const char *unit)
{
    if (value == 0)
        return true;
    const gf_error_info *info = &gf_errors[error];
    gf_block *block = gf_block_new(core->pool, TEXT_MAX);
    if (block == NULL)
        return false;
    char *text = (char *)gf_block_data(block);
    memcpy(text, info->body, info->size);
    snprintf(text + info->size, TEXT_MAX - info->size, " of %llu%s", (unsigned long long)value, unit);
    core->limit_texts[error] = block;
    return true;
}

/* False when memory is out. */
bool gf_limits_init(gf_core *core)
{
    const gf_core_options *options = &core->options;
    return name_value(core, GF_ERROR_PACKET_TOO_LARGE, options->max_packet, " bytes") &&
           name_value(core, GF_ERROR_MEMORY_LIMIT, options->memory_limit, " bytes") &&
           name_value(core, GF_ERROR_FUNCTIONS_LIMIT, options->max_functions, "") &&
           name_value(core, GF_ERROR_UNIQUES_LIMIT, options->max_uniques, "");
}

void gf_limits_free(gf_core *core)
{
    for (int error = 0; error < GF_ERRORS; error++)
        if (core->limit_texts[error] != NULL)
            gf_block_unref(core->limit_texts[error], core->pool);
}

/* The sentence of an error, without its code. */
const char *gf_error_text(const gf_core *core, gf_error error)
{
    gf_block *block = core->limit_texts[error];
    const char *body = block != NULL ? (const char *)gf_block_data(block) : gf_errors[error].body;
    return body + strlen(body) + 1;
}

void gf_core_outside(gf_core *core, const gf_outside *outside)
{
    core->outside = *outside;
}

static void row(gf_text *text, const char *name, uint64_t value, uint64_t used, uint64_t refused)
{
    gf_text_string(text, name);
    gf_text_cell(text, value);
    gf_text_cell(text, used);
    gf_text_cell(text, refused);
    gf_text_byte(text, '\n');
}

/* A limit of which nothing is used up. */
static void row_unused(gf_text *text, const char *name, uint64_t value, uint64_t refused)
{
    gf_text_string(text, name);
    gf_text_cell(text, value);
    gf_text_string(text, "\t-");
    gf_text_cell(text, refused);
    gf_text_byte(text, '\n');
}

enum { SECOND = 1000 };

/* Name, value (0: no limit), how much of it is used now, how many were refused so far. */
void gf_list_limits(gf_core *core, gf_text *text)
{
    const gf_core_options *options = &core->options;
    const gf_outside *outside = &core->outside;
    const uint64_t *errors = core->errors;
    row_unused(text, "max-packet", options->max_packet, errors[GF_ERROR_PACKET_TOO_LARGE]);
    row(text, "max-connections", outside->max_connections, outside->connections,
        outside->refused_connections);
    row(text, "max-output", outside->max_output, outside->output, outside->closed_output);
    row(text, "memory-limit", options->memory_limit, gf_memory_used(core), errors[GF_ERROR_MEMORY_LIMIT]);
    row(text, "max-functions", options->max_functions, core->counts.functions,
        errors[GF_ERROR_FUNCTIONS_LIMIT]);
    row(text, "max-uniques", options->max_uniques, core->uniques.count, errors[GF_ERROR_UNIQUES_LIMIT]);
    row(text, "packet-timeout", outside->packet_timeout / SECOND, outside->unfinished,
        outside->closed_unfinished);
    row(text, "job-lease", options->job_lease / SECOND, core->timeouts.count, core->counts.leases_over);
    gf_text_string(text, ".\n");
}
