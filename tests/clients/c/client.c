/* client HOST PORT SCENARIO [ARGUMENT]
 *
 * Plays one scenario and prints what the client saw, one line an observation.
 */
#include <libgearman/gearman.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char EXCEPTIONS[] = "exceptions";

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    fflush(stdout);
}

/* Anything the library complains about is an observation too. */
static void check(gearman_client_st *client, gearman_return_t result)
{
    if (gearman_failed(result)) {
        say("error %s %s", gearman_strerror(result), gearman_client_error(client));
    }
}

/* The task's context in front, if it has one. */
static void say_event(const gearman_task_st *task, const char *event)
{
    const char *context = gearman_task_context(task);
    const char *data = gearman_task_data(task);
    int size = data == NULL ? 0 : (int)gearman_task_data_size(task);
    say("%s%s%s%s%.*s", context == NULL ? "" : context, context == NULL ? "" : " ", event,
        size == 0 ? "" : " ", size, data == NULL ? "" : data);
}

static gearman_return_t on_created(gearman_task_st *task)
{
    const char *context = gearman_task_context(task);
    say("%s%screated %s %s", context == NULL ? "" : context, context == NULL ? "" : " ",
        gearman_task_function_name(task), gearman_task_job_handle(task));
    return GEARMAN_SUCCESS;
}

static gearman_return_t on_data(gearman_task_st *task)
{
    say_event(task, "data");
    return GEARMAN_SUCCESS;
}

static gearman_return_t on_warning(gearman_task_st *task)
{
    say_event(task, "warning");
    return GEARMAN_SUCCESS;
}

static gearman_return_t on_status(gearman_task_st *task)
{
    say("status %u/%u", gearman_task_numerator(task), gearman_task_denominator(task));
    return GEARMAN_SUCCESS;
}

static gearman_return_t on_complete(gearman_task_st *task)
{
    say_event(task, "complete");
    return GEARMAN_SUCCESS;
}

static gearman_return_t on_fail(gearman_task_st *task)
{
    say_event(task, "fail");
    return GEARMAN_SUCCESS;
}

static gearman_return_t on_exception(gearman_task_st *task)
{
    say_event(task, "exception");
    return GEARMAN_SUCCESS;
}

static void observe_all(gearman_client_st *client)
{
    gearman_client_set_created_fn(client, on_created);
    gearman_client_set_data_fn(client, on_data);
    gearman_client_set_warning_fn(client, on_warning);
    gearman_client_set_status_fn(client, on_status);
    gearman_client_set_complete_fn(client, on_complete);
    gearman_client_set_fail_fn(client, on_fail);
    gearman_client_set_exception_fn(client, on_exception);
}

static void without_exceptions(gearman_client_st *client, const char *function)
{
    gearman_return_t result;
    observe_all(client);
    gearman_client_add_task(client, NULL, NULL, function, NULL, "x", 1, &result);
    check(client, result);
    check(client, gearman_client_run_tasks(client));
}

static void observe(gearman_client_st *client, const char *function)
{
    if (!gearman_client_set_server_option(client, EXCEPTIONS, strlen(EXCEPTIONS))) {
        say("no exceptions");
    }
    without_exceptions(client, function);
}

/* Runs the function on standard input and prints the bare result. */
static void run(gearman_client_st *client, const char *function)
{
    static char workload[4 << 20];
    size_t size = fread(workload, 1, sizeof workload, stdin), result_size;
    gearman_return_t status;
    char *result = gearman_client_do(client, function, NULL, workload, size, &result_size, &status);
    check(client, status);
    fwrite(result, 1, result_size, stdout);
    free(result);
}

typedef void *do_fn(gearman_client_st *, const char *, const char *, const void *, size_t, size_t *,
                    gearman_return_t *);

static void do_once(gearman_client_st *client, const char *name, do_fn *submit)
{
    size_t size;
    gearman_return_t status;
    char *result = submit(client, "upper", NULL, name, strlen(name), &size, &status);
    check(client, status);
    say("%s %.*s", name, (int)size, result == NULL ? "" : result);
    free(result);
}

static void every_priority(gearman_client_st *client, const char *unused)
{
    (void)unused;
    do_once(client, "normal", gearman_client_do);
    do_once(client, "high", gearman_client_do_high);
    do_once(client, "low", gearman_client_do_low);
}

static void background(gearman_client_st *client, const char *function)
{
    gearman_job_handle_t handle;
    check(client, gearman_client_do_low_background(client, function, "low", "l", 1, handle));
    say("low %s", handle);
    check(client, gearman_client_do_background(client, function, "normal", "nn", 2, handle));
    say("normal %s", handle);
    check(client, gearman_client_do_high_background(client, function, "high", "hhh", 3, handle));
    say("high %s", handle);
}

/* Seven tasks in flight at once, three of them in the background. */
static void tasks(gearman_client_st *client, const char *unused)
{
    gearman_return_t result;
    (void)unused;
    observe_all(client);
    gearman_client_add_task(client, NULL, "normal", "upper", NULL, "n", 1, &result);
    gearman_client_add_task_high(client, NULL, "high", "upper", NULL, "h", 1, &result);
    gearman_client_add_task_low(client, NULL, "low", "upper", NULL, "l", 1, &result);
    gearman_client_add_task(client, NULL, "failed", "failing", NULL, "f", 1, &result);
    gearman_client_add_task_background(client, NULL, "later", "upper", "later", "n", 1, &result);
    gearman_client_add_task_high_background(client, NULL, "later high", "upper", "high", "h", 1, &result);
    gearman_client_add_task_low_background(client, NULL, "later low", "upper", "low", "l", 1, &result);
    check(client, gearman_client_run_tasks(client));
}

static void echo(gearman_client_st *client, const char *text)
{
    say("echo %s", gearman_strerror(gearman_client_echo(client, text, strlen(text))));
}

static void job_status(gearman_client_st *client, const char *handle)
{
    bool known, running;
    uint32_t numerator, denominator;
    check(client, gearman_client_job_status(client, handle, &known, &running, &numerator, &denominator));
    say("known %d running %d progress %u/%u", known, running, numerator, denominator);
}

static void unique_status(gearman_client_st *client, const char *unique)
{
    gearman_status_t status = gearman_client_unique_status(client, unique, strlen(unique));
    check(client, gearman_status_return(status));
    say("known %d running %d progress %u/%u clients %u", gearman_status_is_known(status),
        gearman_status_is_running(status), gearman_status_numerator(status),
        gearman_status_denominator(status), status.status_.mesg_.client_count);
}

static void say_result(gearman_client_st *client, gearman_task_st *task)
{
    if (task == NULL) {
        say("error %s", gearman_client_error(client));
        return;
    }
    const gearman_result_st *result = gearman_task_result(task);
    say("%s %.*s", gearman_strerror(gearman_task_return(task)), (int)gearman_result_size(result),
        gearman_result_size(result) == 0 ? "" : gearman_result_value(result));
}

static void execute(gearman_client_st *client, const char *text)
{
    gearman_argument_t workload = gearman_argument_make(NULL, 0, text, strlen(text));
    say_result(client, gearman_execute(client, "upper", 5, "mine", 4, NULL, &workload, NULL));
}

/* SUBMIT_REDUCE_JOB: the worker's "split" cuts the text and has "upper" do the pieces. */
static void partition(gearman_client_st *client, const char *text)
{
    gearman_argument_t workload = gearman_argument_make(NULL, 0, text, strlen(text));
    say_result(client,
               gearman_execute_by_partition(client, "split", 5, "upper", 5, NULL, 0, NULL, &workload, NULL));
}

static void partition_background(gearman_client_st *client, const char *text)
{
    gearman_task_attr_t attributes = gearman_task_attr_init_background(GEARMAN_JOB_PRIORITY_NORMAL);
    gearman_argument_t workload = gearman_argument_make(NULL, 0, text, strlen(text));
    gearman_task_st *task =
        gearman_execute_by_partition(client, "split", 5, "upper", 5, "u", 1, &attributes, &workload, NULL);
    say("%s %s", gearman_strerror(gearman_task_return(task)), gearman_task_job_handle(task));
}

/* SUBMIT_JOB_EPOCH, due so many seconds from now. */
static void epoch(gearman_client_st *client, const char *seconds)
{
    gearman_task_attr_t attributes =
        gearman_task_attr_init_epoch(time(NULL) + atoi(seconds), GEARMAN_JOB_PRIORITY_NORMAL);
    gearman_argument_t workload = gearman_argument_make(NULL, 0, seconds, strlen(seconds));
    gearman_task_st *task = gearman_execute(client, "upper", 5, "timed", 5, &attributes, &workload, NULL);
    say("%s %s", gearman_strerror(gearman_task_return(task)), gearman_task_job_handle(task));
}

static void namespaced(gearman_client_st *client, const char *space)
{
    gearman_client_set_namespace(client, space, strlen(space));
    every_priority(client, NULL);
}

static const struct {
    const char *name;
    void (*play)(gearman_client_st *client, const char *argument);
} SCENARIOS[] = {
    {"run", run},
    {"observe", observe},
    {"without_exceptions", without_exceptions},
    {"every_priority", every_priority},
    {"background", background},
    {"tasks", tasks},
    {"echo", echo},
    {"job_status", job_status},
    {"unique_status", unique_status},
    {"execute", execute},
    {"partition", partition},
    {"partition_background", partition_background},
    {"epoch", epoch},
    {"namespaced", namespaced},
};

int main(int argc, char **argv)
{
    gearman_client_st *client = gearman_client_create(NULL);
    gearman_client_add_server(client, argv[1], (in_port_t)atoi(argv[2]));
    gearman_client_set_timeout(client, 25000);
    for (size_t i = 0; i < sizeof SCENARIOS / sizeof *SCENARIOS; i++) {
        if (strcmp(SCENARIOS[i].name, argv[3]) == 0) {
            SCENARIOS[i].play(client, argc > 4 ? argv[4] : "");
        }
    }
    gearman_client_free(client);
    return 0;
}
