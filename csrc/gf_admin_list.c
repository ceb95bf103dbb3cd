/* The listings of the text protocol. */
#include <stdlib.h>
#include <string.h>

#include "gf_bytes.h"
#include "gf_parts.h"

static void tabbed(gf_text *text, uint32_t number)
{
    gf_text_byte(text, '\t');
    gf_text_number(text, number);
}

/* Names are shown up to their first NUL, as gearmand prints them. */
static void put_name(gf_text *text, const gf_function *function)
{
    const uint8_t *end = gf_find_nul(function->name, function->name_size);
    gf_text_bytes(text, function->name, end != NULL ? (size_t)(end - function->name) : function->name_size);
}

typedef void gf_function_line(gf_text *text, const gf_function *function);

static void list_functions(gf_core *core, gf_text *text, gf_function_line *line)
{
    size_t count = 0;
    gf_function **functions = gf_functions_in_order(core, &count);
    text->failed |= functions == NULL;
    for (size_t i = 0; i < count; i++) {
        put_name(text, functions[i]);
        line(text, functions[i]);
        gf_text_byte(text, '\n');
    }
    free(functions);
    gf_text_string(text, ".\n");
}

static void status_line(gf_text *text, const gf_function *function)
{
    tabbed(text, gf_function_total(function));
    tabbed(text, function->running);
    tabbed(text, function->registrations);
}

void gf_list_status(gf_core *core, gf_text *text)
{
    list_functions(core, text, status_line);
}

static void priorities_line(gf_text *text, const gf_function *function)
{
    tabbed(text, gf_function_waiting(function, GF_HIGH));
    tabbed(text, gf_function_waiting(function, GF_NORMAL) + function->delayed.count);
    tabbed(text, gf_function_waiting(function, GF_LOW));
    tabbed(text, function->registrations);
}

void gf_list_priorities(gf_core *core, gf_text *text)
{
    list_functions(core, text, priorities_line);
}

static void counts_line(gf_text *text, const gf_function *function)
{
    gf_text_cell(text, function->added);
    gf_text_cell(text, function->added - gf_function_total(function));
}

/* Jobs that each function has had, and those of them that have ended. */
void gf_list_counts(gf_core *core, gf_text *text)
{
    list_functions(core, text, counts_line);
}

static void worker_line(gf_text *text, const gf_peer *peer)
{
    gf_text_number(text, (uint32_t)peer->descriptor);
    gf_text_byte(text, ' ');
    gf_text_bytes(text, peer->address, peer->address_size);
    gf_text_byte(text, ' ');
    gf_text_string(text, peer->client_id == NULL ? "-" : (const char *)peer->client_id);
    gf_text_string(text, " :");
    for (const gf_registration *own = peer->registrations; own != NULL; own = own->peer_next) {
        gf_text_byte(text, ' ');
        put_name(text, own->function);
    }
    gf_text_byte(text, '\n');
}

/* By I/O thread, in the order they are dealt connections; the newest first in each. */
void gf_list_workers(gf_core *core, gf_text *text)
{
    for (uint32_t thread = 0; thread < core->options.io_threads; thread++)
        for (const gf_peer *peer = core->newest_peer[thread]; peer != NULL; peer = peer->older)
            worker_line(text, peer);
    gf_text_string(text, ".\n");
}

static void put_handle(gf_text *text, const gf_core *core, const gf_job *job)
{
    gf_text_string(text, core->prefix);
    gf_text_byte(text, ':');
    gf_text_number(text, gf_job_number(job));
}

static uint32_t hash_of_handle(const gf_core *core, const gf_job *job)
{
    uint8_t handle[GF_HANDLE_MAX];
    memcpy(handle, core->prefix, core->prefix_size);
    handle[core->prefix_size] = ':';
    uint32_t digits = gf_put_u32(handle + core->prefix_size + 1, gf_job_number(job));
    return gf_gearmand_hash(handle, core->prefix_size + 1 + digits);
}

static void job_line(gf_text *text, const gf_core *core, const gf_job *job)
{
    put_handle(text, core, job);
    tabbed(text, job->attempts);
    tabbed(text, !gf_job_wanted(job));
    tabbed(text, job->background);
    gf_text_byte(text, '\n');
}

static void list_at_once(gf_core *core, gf_text *text, gf_job_hash *hash, gf_job_line *line)
{
    size_t count = 0;
    gf_job **jobs = gf_jobs_in_order(core, hash, &count);
    text->failed |= jobs == NULL;
    for (size_t i = 0; i < count; i++)
        line(text, core, jobs[i]);
    free(jobs);
    gf_text_string(text, ".\n");
}

static bool list(gf_core *core, gf_peer *peer, gf_text *text, gf_job_hash *hash, gf_job_line *line)
{
    if (gf_walk_is_long(core) && gf_walk_start(core, peer, hash, line))
        return false;
    list_at_once(core, text, hash, line);
    return true;
}

bool gf_list_jobs(gf_core *core, gf_peer *peer, gf_text *text)
{
    return list(core, peer, text, hash_of_handle, job_line);
}

/* gearmand hashes the data where the unique is "-", and nothing where it is empty. */
static uint32_t hash_of_unique(const gf_core *core, const gf_job *job)
{
    (void)core;
    if (job->unique_size == 0)
        return 0;
    if (job->unique_size == 1 && gf_job_unique(job)[0] == '-')
        return job->data_size == 0 ? 0 : gf_gearmand_hash(gf_job_body(job) + job->data_at, job->data_size);
    return gf_gearmand_hash(gf_job_unique(job), job->unique_size);
}

static void unique_line(gf_text *text, const gf_core *core, const gf_job *job)
{
    (void)core;
    gf_text_bytes(text, gf_job_unique(job), job->unique_size);
    gf_text_byte(text, '\n');
}

bool gf_list_uniques(gf_core *core, gf_peer *peer, gf_text *text)
{
    return list(core, peer, text, hash_of_unique, unique_line);
}
