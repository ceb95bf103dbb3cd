/* A load generator for job servers: see --help, and benchmarks/README.md. */
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "fail.h"
#include "functions.h"
#include "ledger.h"
#include "payload.h"
#include "report.h"
#include "scenario.h"

enum { GRACE = 10 /* seconds: should even the deadlines fail */ };

/* As many connections as the system lets us have. */
static void raise_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* How many jobs the ledger must have room for. */
static uint64_t most_jobs(const options *o)
{
    const uint64_t unlimited = UINT64_C(1) << 28;
    return o->jobs ? 2 * o->jobs + o->bulk + unlimited / 16 : unlimited;
}

int main(int argc, char **argv)
{
    static result results[MOST_PHASES];
    options o;
    options_read(&o, argc, argv);
    alarm((unsigned)(o.deadline * 2 * MOST_PHASES) + GRACE);
    prctl(PR_SET_TIMERSLACK, 1); /* open loops need exact sleeps */
    raise_file_limit();
    payload_init(o.payload > o.chunk ? o.payload : o.chunk);
    functions_init(o.functions);
    ledger_init(most_jobs(&o));
    report(&o, results, scenario_run(scenario_named(o.scenario), &o, results));
    return fflush(stdout) == 0 ? 0 : EXIT_SYSTEM;
}
