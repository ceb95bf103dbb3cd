#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "payload.h"
#include "scenario.h"

enum { MOST_JOBS = 1 << 30 };

typedef enum option_type { TEXT, WHOLE, DECIMAL, SWITCH, PROTOCOL } option_type;

typedef struct option_row {
    const char *name;
    option_type type;
    size_t offset; /* in options */
    size_t size;   /* of a WHOLE */
    double least, most;
    const char *meaning;
} option_row;

#define FIELD(name) offsetof(options, name), sizeof(((options *)0)->name)

static const option_row rows[] = {
    {"host", TEXT, FIELD(host), 0, 0, "IPv4 address of the server (127.0.0.1)"},
    {"port", WHOLE, FIELD(port), 1, 65535, "its port (4730)"},
    {"protocol", PROTOCOL, FIELD(dialect), 0, 0, "gearman, beanstalkd or redis (gearman)"},
    {"pid", WHOLE, FIELD(pid), 1, 1 << 30, "its process: measures its time and memory"},
    {"clients", WHOLE, FIELD(clients), 1, 65536, "connections that submit (8)"},
    {"depth", WHOLE, FIELD(depth), 1, 1 << 24, "jobs in flight of each client (16)"},
    {"workers", WHOLE, FIELD(workers), 1, 65536, "connections that work (8)"},
    {"functions", WHOLE, FIELD(functions), 1, 1 << 20, "functions that jobs are for, in turn (1)"},
    {"functions-per-worker", WHOLE, FIELD(functions_per_worker), 1, 1 << 20,
     "functions a worker can do (all)"},
    {"jobs", WHOLE, FIELD(jobs), 1, MOST_JOBS, "how many in all (100000, without --seconds)"},
    {"seconds", DECIMAL, FIELD(seconds), 0.001, 1e6, "how long jobs are submitted"},
    {"rate", DECIMAL, FIELD(rate), 0.001, 1e9, "jobs per second, whatever the server does (as answers come)"},
    {"payload", WHOLE, FIELD(payload), PAYLOAD_LEAST, 1 << 30, "bytes of each workload (64)"},
    {"uniques", SWITCH, FIELD(uniques), 0, 0, "give each job a unique key"},
    {"peers", WHOLE, FIELD(peers), 1, 1 << 20, "connections of a storm (500)"},
    {"rounds", WHOLE, FIELD(rounds), 1, 1 << 20, "how often each does what goes on beside (2)"},
    {"bulk", WHOLE, FIELD(bulk), 1, UINT32_MAX,
     "size of what goes on beside: functions, jobs or bytes (2000)"},
    {"chunk", WHOLE, FIELD(chunk), 1, UINT32_MAX, "bytes of a part of a large result (65536)"},
    {"threads", WHOLE, FIELD(threads), 1, 64, "threads of the generator (1)"},
    {"deadline", DECIMAL, FIELD(deadline), 0.001, 1e6, "seconds after which a phase has failed (60)"},
    {"json", SWITCH, FIELD(json), 0, 0, "print JSON"},
};
enum { ROWS = sizeof rows / sizeof *rows };

static void print_help(void)
{
    puts("usage: load SCENARIO [--option value ...]\n\nLoad a job server, check every answer, measure.\n"
         "The server must be empty and nobody else's: an answer to somebody else is a wrong "
         "one.\n\nScenarios:");
    for (unsigned i = 0; i < scenario_count; i++)
        printf("  %-14s %s\n", scenarios[i].name, scenarios[i].description);
    puts("\nOptions, with their defaults:");
    for (unsigned i = 0; i < ROWS; i++)
        printf("  --%-21s %s\n", rows[i].name, rows[i].meaning);
    puts("\nExit codes: 1 a wrong, repeated or unexpected answer, 2 wrong usage, 3 missing answers, 4 "
         "system.");
}

static double parse_number(const option_row *row, const char *text)
{
    char *end;
    errno = 0;
    const double value = strtod(text, &end);
    if (errno || end == text || *end || !(value >= row->least && value <= row->most))
        fail(EXIT_USAGE, "--%s is a number from %.10g to %.10g", row->name, row->least, row->most);
    if (row->type == WHOLE && value != floor(value))
        fail(EXIT_USAGE, "--%s is a whole number", row->name);
    return value;
}

static void set_whole(void *field, size_t size, double value)
{
    const uint64_t whole = (uint64_t)value;
    memcpy(field, &whole, size); /* little endian: its low bytes */
}

static void set(options *o, const option_row *row, const char *text)
{
    void *field = (char *)o + row->offset;
    if (row->type == TEXT) {
        memcpy(field, &text, sizeof text);
    } else if (row->type == SWITCH) {
        *(bool *)field = true;
    } else if (row->type == PROTOCOL) {
        o->dialect = dialect_named(text);
        if (o->dialect == NULL)
            fail(EXIT_USAGE, "unknown protocol %s", text);
    } else {
        const double value = parse_number(row, text);
        if (row->type == WHOLE)
            set_whole(field, row->size, value);
        else
            *(double *)field = value;
    }
}

static void read_arguments(options *o, int argc, char **argv)
{
    struct option known[ROWS + 2] = {{0}};
    for (int i = 0; i < ROWS; i++)
        known[i] =
            (struct option){rows[i].name, rows[i].type == SWITCH ? no_argument : required_argument, NULL, i};
    known[ROWS] = (struct option){"help", no_argument, NULL, ROWS};
    for (int found; (found = getopt_long(argc, argv, "", known, NULL)) >= 0;) {
        if (found == ROWS) {
            print_help();
            exit(0);
        }
        if (found > ROWS)
            fail(EXIT_USAGE, "see --help");
        set(o, &rows[found], optarg);
    }
    if (optind != argc - 1)
        fail(EXIT_USAGE, "name one scenario, see --help");
    o->scenario = argv[optind];
}

static void complete(options *o)
{
    if (o->functions_per_worker == 0 || o->functions_per_worker > o->functions)
        o->functions_per_worker = o->functions;
    if (o->jobs == 0 && o->seconds == 0)
        o->jobs = 100000;
}

static void check(const options *o)
{
    const scenario *s = scenario_named(o->scenario);
    if (s == NULL)
        fail(EXIT_USAGE, "unknown scenario %s, see --help", o->scenario);
    if (!o->dialect->has_functions && (s->needs_functions || o->functions > 1 || o->uniques))
        fail(EXIT_USAGE, "%s has no such thing as %s needs", o->dialect->name, o->scenario);
    if ((uint64_t)o->workers * o->functions_per_worker < o->functions)
        fail(EXIT_USAGE, "no worker for some functions: give more --workers or --functions-per-worker");
    if (o->clients < o->threads)
        fail(EXIT_USAGE, "each of the --threads needs a client");
}

void options_read(options *o, int argc, char **argv)
{
    *o = (options){
        .host = "127.0.0.1",
        .port = 4730,
        .dialect = &gearman_dialect,
        .clients = 8,
        .workers = 8,
        .depth = 16,
        .functions = 1,
        .threads = 1,
        .payload = 64,
        .peers = 500,
        .rounds = 2,
        .bulk = 2000,
        .chunk = 65536,
        .deadline = 60,
    };
    read_arguments(o, argc, argv);
    complete(o);
    check(o);
}
