/* Functions: found by name, kept until dropped, linked into the lists of ready functions. */
#include <string.h>

#include "gf_parts.h"

gf_function *gf_function_find(gf_core *core, const uint8_t *name, uint32_t size, uint32_t hash)
{
    for (gf_node *node = gf_table_first(&core->functions, hash); node != NULL; node = gf_table_next(node)) {
        gf_function *function = GF_CONTAINER(node, gf_function, node);
        if (function->name_size == size && memcmp(function->name, name, size) == 0)
            return function;
    }
    return NULL;
}

gf_function *gf_function_named(gf_core *core, const uint8_t *name, uint32_t size)
{
    return gf_function_find(core, name, size, gf_hash(&core->options.seed, name, size));
}

static gf_function *function_new(gf_core *core, const uint8_t *name, uint32_t size, uint32_t hash)
{
    gf_function *function = gf_core_alloc_counted(core, sizeof *function + size);
    if (function == NULL)
        return NULL;
    memset(function, 0, sizeof *function);
    gf_timers_init(&function->due);
    memcpy(function->name, name, size);
    function->name_size = size;
    function->created = core->functions_made++;
    function->older = core->newest_function;
    if (function->older != NULL)
        function->older->newer = function;
    core->newest_function = function;
    gf_table_insert(&core->functions, &function->node, hash);
    core->counts.functions++;
    return function;
}

gf_function *gf_function_get(gf_core *core, const uint8_t *name, uint32_t size, uint32_t hash)
{
    gf_function *function = gf_function_find(core, name, size, hash);
    return function != NULL ? function : function_new(core, name, size, hash);
}

gf_function *gf_function_wanted(gf_core *core, const uint8_t *name, uint32_t size, uint32_t hash,
                                gf_error refusal, gf_error *error)
{
    gf_function *function = gf_function_find(core, name, size, hash);
    if (function != NULL)
        return function;
    *error = gf_functions_refusal(core);
    if (*error == GF_ERROR_NONE)
        *error = refusal;
    if (*error != GF_ERROR_NONE)
        return NULL;
    function = function_new(core, name, size, hash);
    if (function == NULL)
        *error = GF_ERROR_NO_MEMORY;
    return function;
}

static void forget_last_function(gf_core *core, const gf_function *function)
{
    for (uint32_t slot = 0; slot < core->peer_slots; slot++)
        if (core->peers[slot] != NULL && core->peers[slot]->last_function == function)
            core->peers[slot]->last_function = NULL;
}

static void fail_jobs(gf_core *core, gf_function *function)
{
    for (int priority = GF_HIGH; priority < GF_PRIORITIES; priority++)
        while (gf_function_waiting(function, (gf_priority)priority) > 0)
            gf_job_fail(core, gf_function_first(function, (gf_priority)priority), GF_ENDING_CANCELLED);
    while (function->delayed.head != NULL)
        gf_job_fail(core, function->delayed.head, GF_ENDING_CANCELLED);
}

/* False, and nothing done, while a worker is registered or a job runs. Waiting jobs fail. */
bool gf_function_drop(gf_core *core, gf_function *function)
{
    if (function->registrations > 0 || function->running > 0)
        return false;
    fail_jobs(core, function);
    forget_last_function(core, function);
    *(function->newer != NULL ? &function->newer->older : &core->newest_function) = function->older;
    if (function->older != NULL)
        function->older->newer = function->newer;
    gf_table_remove(&core->functions, &function->node);
    gf_timers_free(&function->due);
    gf_core_release_counted(core, function);
    core->counts.functions--;
    return true;
}

/* Jobs of this priority a worker could have now. */
uint32_t gf_function_waiting(const gf_function *function, gf_priority priority)
{
    return function->waiting[priority].count + (priority == GF_NORMAL ? function->due.count : 0);
}

uint32_t gf_function_runnable(const gf_function *function)
{
    return function->waiting[GF_HIGH].count + function->waiting[GF_NORMAL].count +
           function->waiting[GF_LOW].count + function->due.count;
}

uint32_t gf_function_total(const gf_function *function)
{
    return gf_function_runnable(function) + function->delayed.count + function->running;
}

/* The longest waiting job of this priority; a job whose time has come stands where it was submitted. */
gf_job *gf_function_first(const gf_function *function, gf_priority priority)
{
    gf_job *first = function->waiting[priority].head;
    if (priority != GF_NORMAL || function->due.count == 0)
        return first;
    gf_job *due = GF_CONTAINER(gf_timers_first(&function->due), gf_job, timer);
    return first == NULL || due->place < first->place ? due : first;
}

static void ready_add(gf_core *core, gf_function *function, int list)
{
    gf_ready_links *links = &function->ready[list];
    gf_ready_list *ready = &core->ready[list];
    *links = (gf_ready_links){.next = ready->head, .since = ++core->readied, .linked = true};
    if (ready->head != NULL)
        ready->head->ready[list].previous = function;
    ready->head = function;
    ready->count++;
}

static void ready_remove(gf_core *core, gf_function *function, int list)
{
    gf_ready_links *links = &function->ready[list];
    gf_ready_list *ready = &core->ready[list];
    *(links->previous != NULL ? &links->previous->ready[list].next : &ready->head) = links->next;
    if (links->next != NULL)
        links->next->ready[list].previous = links->previous;
    links->linked = false;
    ready->count--;
}

static void ready_set(gf_core *core, gf_function *function, int list, bool ready)
{
    if (ready == function->ready[list].linked)
        return;
    if (ready)
        ready_add(core, function, list);
    else
        ready_remove(core, function, list);
}

/* Called whenever the function's queue of this priority may have become empty or non-empty. */
void gf_function_refresh(gf_core *core, gf_function *function, gf_priority priority)
{
    ready_set(core, function, (int)priority, gf_function_waiting(function, priority) > 0);
    ready_set(core, function, GF_ANY, gf_function_runnable(function) > 0);
}
