/* worker HOST PORT JOBS FUNCTION...
 *
 * Serves the named functions for JOBS jobs (0: for ever) and prints "did FUNCTION UNIQUE SIZE" for each.
 * The function "split" hands every word of its workload to the reducer that the client named, and joins the
 * results. "FUNCTION/MS" registers the function with a time limit. Environment: GRAB=job|uniq selects
 * GRAB_JOB or GRAB_JOB_UNIQ in place of GRAB_JOB_ALL; NAMESPACE; IDENTIFIER; TIMEOUT in ms, of one wait,
 * printed when it ends.
 */
#include <ctype.h>
#include <libgearman/gearman.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef gearman_return_t (*job_fn)(gearman_job_st *job, void *context);

static void told(gearman_job_st *job)
{
    const char *unique = gearman_job_unique(job);
    printf("did %s %s %zu\n", gearman_job_function_name(job),
           unique == NULL || *unique == '\0' ? "-" : unique, gearman_job_workload_size(job));
    fflush(stdout);
}

static gearman_return_t upper(gearman_job_st *job, void *context)
{
    (void)context;
    size_t size = gearman_job_workload_size(job);
    const unsigned char *workload = gearman_job_workload(job);
    char *result = malloc(size + 1);
    for (size_t i = 0; i < size; i++) {
        result[i] = (char)(isascii(workload[i]) ? toupper(workload[i]) : workload[i]);
    }
    told(job);
    gearman_return_t sent = gearman_job_send_complete(job, result, size);
    free(result);
    return sent;
}

static gearman_return_t chatty(gearman_job_st *job, void *context)
{
    (void)context;
    gearman_job_send_data(job, "part one", 8);
    gearman_job_send_warning(job, "careful", 7);
    gearman_job_send_status(job, 1, 4);
    gearman_job_send_data(job, "part two", 8);
    gearman_job_send_status(job, 3, 4);
    told(job);
    return gearman_job_send_complete(job, "all done", 8);
}

static gearman_return_t failing(gearman_job_st *job, void *context)
{
    (void)context;
    told(job);
    return gearman_job_send_fail(job);
}

static gearman_return_t throwing(gearman_job_st *job, void *context)
{
    (void)context;
    told(job);
    return gearman_job_send_exception(job, "boom", 4);
}

static gearman_return_t handle(gearman_job_st *job, void *context)
{
    (void)context;
    told(job);
    return gearman_job_send_complete(job, gearman_job_handle(job), strlen(gearman_job_handle(job)));
}

static gearman_return_t hang(gearman_job_st *job, void *context)
{
    (void)job;
    (void)context;
    puts("hanging");
    fflush(stdout);
    pause();
    return GEARMAN_SUCCESS;
}

static gearman_return_t split(gearman_job_st *job, void *context)
{
    (void)context;
    const char *word = gearman_job_workload(job);
    const char *end = word + gearman_job_workload_size(job);
    told(job);
    while (word < end) {
        const char *blank = memchr(word, ' ', (size_t)(end - word));
        const char *stop = blank == NULL ? end : blank;
        if (gearman_failed(gearman_job_send_data(job, word, (size_t)(stop - word)))) {
            return GEARMAN_ERROR;
        }
        word = stop + 1;
    }
    return GEARMAN_SUCCESS;
}

static gearman_return_t join(gearman_aggregator_st *aggregator, gearman_task_st *task,
                             gearman_result_st *result)
{
    (void)aggregator;
    char joined[1024] = "";
    for (; task != NULL; task = gearman_next(task)) {
        const gearman_result_st *piece = gearman_task_result(task);
        strncat(joined, "[", sizeof joined - strlen(joined) - 1);
        strncat(joined, gearman_result_value(piece), gearman_result_size(piece));
        strncat(joined, "]", sizeof joined - strlen(joined) - 1);
    }
    return gearman_result_store_value(result, joined, strlen(joined));
}

static const struct {
    const char *name;
    job_fn run;
} FUNCTIONS[] = {
    {"upper", upper},       {"chatty", chatty}, {"failing", failing},
    {"throwing", throwing}, {"handle", handle}, {"hang", hang},
};

static gearman_function_t function_named(const char *name, size_t size)
{
    for (size_t i = 0; i < sizeof FUNCTIONS / sizeof *FUNCTIONS; i++) {
        if (strlen(FUNCTIONS[i].name) == size && memcmp(FUNCTIONS[i].name, name, size) == 0) {
            return gearman_function_create(FUNCTIONS[i].run);
        }
    }
    return gearman_function_create_partition(split, join);
}

static void define(gearman_worker_st *worker, const char *name)
{
    size_t size = strcspn(name, "/");
    uint32_t limit = name[size] == '/' ? (uint32_t)atoi(name + size + 1) : 0;
    gearman_worker_define_function(worker, name, size, function_named(name, size), limit, NULL);
}

static void choose_grab(gearman_worker_st *worker, const char *grab)
{
    gearman_worker_remove_options(worker, GEARMAN_WORKER_GRAB_ALL);
    if (strcmp(grab, "uniq") == 0) {
        gearman_worker_add_options(worker, GEARMAN_WORKER_GRAB_UNIQ);
    } else {
        gearman_worker_remove_options(worker, GEARMAN_WORKER_GRAB_UNIQ);
    }
}

static void apply_environment(gearman_worker_st *worker)
{
    const char *grab = getenv("GRAB");
    const char *space = getenv("NAMESPACE");
    const char *identifier = getenv("IDENTIFIER");
    const char *timeout = getenv("TIMEOUT");
    if (grab != NULL) {
        choose_grab(worker, grab);
    }
    if (timeout != NULL) {
        gearman_worker_set_timeout(worker, atoi(timeout));
    }
    if (space != NULL) {
        gearman_worker_set_namespace(worker, space, strlen(space));
    }
    if (identifier != NULL) {
        gearman_worker_set_identifier(worker, identifier, strlen(identifier));
    }
}

int main(int argc, char **argv)
{
    gearman_worker_st *worker = gearman_worker_create(NULL);
    gearman_worker_add_server(worker, argv[1], (in_port_t)atoi(argv[2]));
    apply_environment(worker);
    for (int i = 4; i < argc; i++) {
        define(worker, argv[i]);
    }
    int jobs = atoi(argv[3]);
    for (int done = 0; jobs == 0 || done < jobs; done++) {
        if (gearman_worker_work(worker) == GEARMAN_TIMEOUT) {
            puts("timed out");
        }
    }
    gearman_worker_free(worker);
    return 0;
}
