/* The map of unique keys, scoped by function: which running or waiting job a new submit joins. */
#include <string.h>

#include "gf_parts.h"

static gf_job *job_at(gf_node *node)
{
    return GF_CONTAINER(node, gf_job, by_unique);
}

static bool has_same_key(gf_node *node, const void *like)
{
    const gf_job *one = job_at(node);
    const gf_job *other = like;
    if (one->function != other->function || one->unique_size != other->unique_size ||
        memcmp(gf_job_unique(one), gf_job_unique(other), one->unique_size) != 0)
        return false;
    if (one->unique_size != 1 || gf_job_unique(one)[0] != '-')
        return true;
    return one->data_size == other->data_size &&
           memcmp(gf_job_body(one) + one->data_at, gf_job_body(other) + other->data_at, one->data_size) == 0;
}

/* `hash` is that of the unique, or of the data for "-". */
uint32_t gf_unique_hash(uint32_t function_hash, uint32_t hash)
{
    return gf_mix32(function_hash, hash);
}

static uint32_t key_hash(const gf_function *function, uint32_t hash)
{
    return gf_unique_hash(function->node.hash, hash);
}

gf_job *gf_unique_find(gf_core *core, const gf_job *like, uint32_t hash)
{
    gf_node *node = gf_index_find(&core->uniques, key_hash(like->function, hash), has_same_key, like);
    return node == NULL ? NULL : job_at(node);
}

void gf_unique_add(gf_core *core, gf_job *job, uint32_t hash)
{
    gf_index_insert(&core->uniques, &job->by_unique, key_hash(job->function, hash));
    job->keyed = 1;
    job->function->keyed++;
}

void gf_unique_remove(gf_core *core, gf_job *job)
{
    if (!job->keyed)
        return;
    gf_index_remove(&core->uniques, &job->by_unique);
    job->keyed = 0;
    job->function->keyed--;
}

typedef struct unique_key {
    const gf_function *function;
    const uint8_t *unique;
    uint32_t size;
} unique_key;

static bool has_key(gf_node *node, const void *wanted)
{
    const gf_job *job = job_at(node);
    const unique_key *key = wanted;
    return job->function == key->function && job->unique_size == key->size &&
           memcmp(gf_job_unique(job), key->unique, key->size) == 0;
}

static gf_job *keyed_in(gf_core *core, const gf_function *function, const uint8_t *unique, uint32_t size,
                        uint32_t hash)
{
    const unique_key key = {.function = function, .unique = unique, .size = size};
    gf_node *node = gf_index_find(&core->uniques, key_hash(function, hash), has_key, &key);
    return node == NULL ? NULL : job_at(node);
}

/* GET_STATUS_UNIQUE names no function: of the jobs with this unique the one made last answers. Costs a look
 * for each function that has jobs with uniques, so that submits pay nothing for it. */
gf_job *gf_unique_newest(gf_core *core, const uint8_t *unique, uint32_t size, uint32_t hash)
{
    gf_job *newest = NULL;
    if (!gf_unique_is_key(unique, size, 0))
        return NULL;
    for (gf_function *function = core->newest_function; function != NULL; function = function->older) {
        if (function->keyed == 0)
            continue;
        gf_job *job = keyed_in(core, function, unique, size, hash);
        if (job != NULL && (newest == NULL || gf_job_number(job) > gf_job_number(newest)))
            newest = job;
    }
    return newest;
}
