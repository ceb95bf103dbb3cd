/* A store under the core: what it was told and has committed, and which rows a restart would find.
 *
 * It judges the effects, too, of which some come late: no submit is acknowledged before its record is
 * committed, a slot is given back last of all, and at the end the rows are those of the jobs that are left.
 */
#ifndef FUZZ_KEPT_H
#define FUZZ_KEPT_H

#include "gf_core.h"
#include "ledger.h"

enum { RECORDS_MOST = 8192, ROWS_MOST = 2048 };

/* Of a function's name and a key, or of a function's name and a job's number. */
typedef uint64_t kept_row;

typedef struct kept_record {
    kept_row row;
    uint64_t bytes;
    uint32_t number;
    uint8_t kind;
} kept_record;

typedef struct kept {
    gf_durability durability;
    bool reading; /* rows from before are still to come */
    bool failing;
    uint64_t taken; /* marks */
    uint64_t committed;
    kept_record records[RECORDS_MOST]; /* by mark */
    kept_row rows[ROWS_MOST];
    uint32_t row_count;
    uint64_t added[JOBS_MOST]; /* mark of a job's record; 0: none yet */
    bool done[JOBS_MOST];
    bool is_leaving[PEERS];
    bool is_paused[PEERS];
} kept;

kept_row kept_row_of(const uint8_t *function, size_t function_size, const uint8_t *key, size_t key_size,
                     uint32_t number);

/* False when there is such a row already: a store has it only once. */
bool kept_add(kept *store, kept_row row);

void kept_take_records(kept *store, gf_core *core, gf_pool *pool);
void kept_effect(kept *store, ledger *book, const gf_effect *effect);

/* The next records, at most so many, are in the store: what to tell the core. */
gf_store_event kept_commit(kept *store, uint32_t most);

/* With everything committed and read. */
void kept_end(const kept *store, const gf_core *core);

#endif
