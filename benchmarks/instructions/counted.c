/* One scenario for callgrind, which counts only while the measured part runs:
 *
 *   counted KIND [OPTION=NUMBER]...
 *
 * It prints how often the measured part did its thing. What the options mean is in ../native/drive.h. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <valgrind/callgrind.h>

#include "../native/drive.h"

typedef enum option {
    FUNCTIONS,
    SLEEPERS,
    WAITING,
    DELAYED,
    REGISTERED,
    BACKGROUND,
    UNIQUE,
    TIMEOUT,
    RECORDED,
    SIZE,
    ENTRIES,
    HELD,
    BATCH,
    SCATTERED,
    COUNT,
    OPTIONS
} option;

static const char *const option_names[] = {
    "functions", "sleepers", "waiting", "delayed", "registered", "background", "unique", "timeout",
    "recorded",  "size",     "entries", "held",    "batch",      "scattered",  "count",
};
_Static_assert(sizeof option_names / sizeof *option_names == OPTIONS, "each option needs a name");

static uint32_t options[OPTIONS] = {[FUNCTIONS] = 1, [SIZE] = 64, [HELD] = 1, [BATCH] = 1, [COUNT] = 1};
static bench_stage *stage;
static bench_parts *parts;

_Noreturn static void fail(const char *complaint, const char *about)
{
    fprintf(stderr, "counted: %s: %s\n", complaint, about);
    exit(2);
}

/* --- what is measured; whatever prepares stands apart --- */

static bool prepare_nothing(void)
{
    return true;
}

static bool prepare_jobs(void)
{
    return bench_prepare_jobs(stage, options[COUNT]);
}

static uint64_t run_jobs(void)
{
    return bench_run_jobs(stage);
}

static bool prepare_submits(void)
{
    return bench_prepare_submits(stage, options[COUNT]);
}

static uint64_t run_submits(void)
{
    return bench_run_submits(stage);
}

static bool prepare_registrations(void)
{
    return bench_prepare_registrations(stage);
}

static uint64_t run_registrations(void)
{
    return bench_run_registrations(stage);
}

static bool prepare_departure(void)
{
    return bench_prepare_registrations(stage) && bench_run_registrations(stage) == 0;
}

static uint64_t run_departure(void)
{
    return bench_run_departure(stage);
}

static bool prepare_vain_grabs(void)
{
    return bench_prepare_vain_grabs(stage);
}

static uint64_t run_vain_grabs(void)
{
    return bench_run_vain_grabs(stage, options[COUNT]);
}

static uint64_t run_blocks(void)
{
    return bench_blocks(parts, options[SIZE], options[HELD], options[COUNT]);
}

static uint64_t run_ring(void)
{
    return bench_ring(parts, options[BATCH], options[COUNT]);
}

static uint64_t run_lane(void)
{
    return bench_lane(parts, options[BATCH], options[COUNT]);
}

/* Each entry is inserted, found and removed. */
static uint64_t run_table(void)
{
    const bool scattered = options[SCATTERED] != 0;
    return bench_table_insert(parts, scattered) + bench_table_find(parts, scattered) +
           bench_table_remove(parts, scattered);
}

static bool prepare_timers(void)
{
    bench_timers_fill(parts);
    return true;
}

static uint64_t run_timers(void)
{
    return bench_timers(parts, options[COUNT]);
}

typedef struct kind {
    const char *name;
    bool (*prepare)(void);
    uint64_t (*run)(void); /* how much went wrong */
    option operations;     /* tells how many things a run does */
} kind;

static const kind kinds[] = {
    {"jobs", prepare_jobs, run_jobs, COUNT},
    {"submits", prepare_submits, run_submits, COUNT},
    {"registrations", prepare_registrations, run_registrations, FUNCTIONS},
    {"departure", prepare_departure, run_departure, FUNCTIONS},
    {"vain-grabs", prepare_vain_grabs, run_vain_grabs, COUNT},
    {"blocks", prepare_nothing, run_blocks, COUNT},
    {"ring", prepare_nothing, run_ring, COUNT},
    {"lane", prepare_nothing, run_lane, COUNT},
    {"table", prepare_nothing, run_table, ENTRIES},
    {"timers", prepare_timers, run_timers, COUNT},
};

/* --- the command line --- */

static const kind *kind_named(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    fail("unknown kind", name);
}

static option option_named(const char *argument, size_t length)
{
    for (option i = 0; i < OPTIONS; i++)
        if (strlen(option_names[i]) == length && memcmp(option_names[i], argument, length) == 0)
            return i;
    fail("unknown option", argument);
}

static void set_option(const char *argument)
{
    const size_t length = strcspn(argument, "=");
    const option chosen = option_named(argument, length);
    const char *digits = argument + length + (argument[length] == '=');
    char *end;
    const unsigned long value = strtoul(digits, &end, 10);
    if (end == digits || *end != '\0' || value > UINT32_MAX)
        fail("not a number", argument);
    options[chosen] = (uint32_t)value;
}

static void make_ready(void)
{
    const bench_setting setting = {.functions = options[FUNCTIONS],
                                   .sleepers = options[SLEEPERS],
                                   .waiting = options[WAITING],
                                   .delayed = options[DELAYED],
                                   .registered = options[REGISTERED],
                                   .size = options[SIZE],
                                   .background = options[BACKGROUND] != 0,
                                   .unique = options[UNIQUE] != 0,
                                   .timeout = options[TIMEOUT] != 0,
                                   .recorded = options[RECORDED] != 0};
    stage = bench_stage_new(&setting);
    parts = bench_parts_new(options[ENTRIES]);
    if (stage == NULL || parts == NULL)
        fail("not enough memory", "to begin with");
}

static void prepare(const kind *chosen)
{
    if (!chosen->prepare())
        fail("can't be prepared", chosen->name);
}

/* The run before the counted one brings every table and pool to its size. */
static uint64_t count(const kind *chosen)
{
    prepare(chosen);
    uint64_t wrong = chosen->run();
    prepare(chosen);
    CALLGRIND_START_INSTRUMENTATION;
    wrong += chosen->run();
    CALLGRIND_STOP_INSTRUMENTATION;
    return wrong;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        fail("usage", "counted KIND [OPTION=NUMBER]...");
    const kind *chosen = kind_named(argv[1]);
    for (int i = 2; i < argc; i++)
        set_option(argv[i]);
    make_ready();
    if (count(chosen) != 0)
        fail("the measured part went wrong", chosen->name);
    bench_stage_free(stage);
    bench_parts_free(parts);
    printf("%" PRIu32 "\n", options[chosen->operations]);
    return 0;
}
