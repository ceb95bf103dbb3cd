/* What the benchmarks call. Whatever prepares or cleans up stands apart from what is measured, and whatever
 * is measured returns how many things it found wrong: 0 is good.
 *
 * Only declarations, for cffi reads this file too. */

/* --- drive_parts.c --- */

typedef struct bench_parts bench_parts;
bench_parts *bench_parts_new(uint32_t entries);
void bench_parts_free(bench_parts *parts);

/* `count` blocks made and dropped, `held` of them at a time. */
uint64_t bench_blocks(bench_parts *parts, uint32_t size, uint32_t held, uint64_t count);
/* `count` elements through a ring of events, `batch` at a time. */
uint64_t bench_ring(bench_parts *parts, uint32_t batch, uint64_t count);
/* The same through a lane that never fills up. */
uint64_t bench_lane(bench_parts *parts, uint32_t batch, uint64_t count);

/* All entries, in the order of their scattered hashes or of their numbers. */
uint64_t bench_table_insert(bench_parts *parts, bool scattered);
uint64_t bench_table_find(bench_parts *parts, bool scattered);
uint64_t bench_table_remove(bench_parts *parts, bool scattered);

/* One timer armed and cancelled `count` times while all entries are armed at random times. */
void bench_timers_fill(bench_parts *parts);
uint64_t bench_timers(bench_parts *parts, uint64_t count);

/* --- drive_core.c --- */

typedef struct bench_setting {
    uint32_t functions;  /* each worker can do all of them; jobs go to each in turn */
    uint32_t sleepers;   /* 0: one worker that always asks again; else so many that sleep in between */
    uint32_t waiting;    /* jobs before the first */
    uint32_t delayed;    /* jobs whose time comes much later */
    uint32_t registered; /* other workers that can do all functions and never ask for a job */
    uint32_t size;       /* bytes of workload and of result */
    bool background;
    bool unique;
    bool timeout; /* the workers' jobs have a time-out */
    bool recorded;
} bench_setting;

typedef struct bench_stage bench_stage;
bench_stage *bench_stage_new(const bench_setting *setting); /* NULL when memory is out */
void bench_stage_free(bench_stage *stage);

/* Makes the packets of so many jobs, as I/O threads do, and drops what was answered to those before. */
bool bench_prepare_jobs(bench_stage *stage, uint32_t jobs);
/* Each of them is submitted, fetched and completed; effects are taken over as the processing thread does. */
uint64_t bench_run_jobs(bench_stage *stage);

/* The same for submits alone, of which nothing is fetched. */
bool bench_prepare_submits(bench_stage *stage, uint32_t submits);
uint64_t bench_run_submits(bench_stage *stage);

/* The same for one worker more that registers for all functions, and leaves before the next. */
bool bench_prepare_registrations(bench_stage *stage);
uint64_t bench_run_registrations(bench_stage *stage);
/* The worker that has registered leaves. */
uint64_t bench_run_departure(bench_stage *stage);

/* GRAB_JOB of a worker that can do `functions` others than the stage's, of which none has a job. */
bool bench_prepare_vain_grabs(bench_stage *stage);
uint64_t bench_run_vain_grabs(bench_stage *stage, uint32_t count);
