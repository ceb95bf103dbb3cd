/* The journal: what happens to background jobs, recorded for the store. */
#include <stdlib.h>
#include <string.h>

#include "gf_parts.h"

/* Most that may be on the way to the store: a connection that submits beyond it is not read from. */
enum { RECORDS_MOST = 65536, BYTES_MOST = 64 << 20 };

static bool make_room(gf_journal *journal)
{
    gf_record *grown =
        gf_array_with_room(journal->records, journal->count, &journal->capacity, sizeof *grown);
    if (grown != NULL)
        journal->records = grown;
    return grown != NULL;
}

/* The key: what the store calls a restored job, else the unique. An empty one and "-" name many jobs. */
static void set_key(gf_record *record, const gf_job *job)
{
    const uint8_t *unique = gf_job_unique(job);
    if (job->restored) {
        record->key_at = job->data_at + job->data_size + 1;
        record->key_size = gf_job_body(job)[record->key_at - 1];
    } else if (!(job->unique_size == 1 && unique[0] == '-')) {
        record->key_at = job->function_size + 1U;
        record->key_size = job->unique_size;
    }
}

/* NULL when memory is out. */
static gf_record *write_record(gf_core *core, const gf_job *job, gf_record_kind kind, int64_t when)
{
    gf_journal *journal = &core->journal;
    if (!make_room(journal)) {
        core->counts.lost_effects++;
        return NULL;
    }
    gf_record *record = &journal->records[journal->count++];
    *record = (gf_record){.mark = ++journal->mark,
                          .block = gf_block_ref(gf_job_block(job)),
                          .when = when,
                          .number = gf_job_number(job),
                          .data_at = job->data_at,
                          .data_size = job->data_size,
                          .function_size = job->function_size,
                          .unique_size = job->unique_size,
                          .reducer_size = job->reducer_size,
                          .kind = (uint8_t)kind,
                          .priority = job->priority};
    set_key(record, job);
    journal->bytes += record->block->size;
    return record;
}

bool gf_journal_over(const gf_core *core, uint32_t share)
{
    const gf_journal *journal = &core->journal;
    return journal->mark - journal->committed > RECORDS_MOST / share || journal->bytes > BYTES_MOST / share;
}

/* Whether a background job can be taken on. While the store fails, an asynchronous one fills what may be on
 * the way. */
gf_error gf_journal_refusal(gf_core *core)
{
    if (core->options.durability == GF_DURABILITY_NONE)
        return GF_ERROR_NONE;
    bool waits = core->options.durability == GF_DURABILITY_SYNC;
    if (core->journal.trouble != NULL && (waits || core->reading || gf_journal_over(core, 1)))
        return GF_ERROR_STORE;
    return make_room(&core->journal) && gf_holds_have_room(core) ? GF_ERROR_NONE : GF_ERROR_NO_MEMORY;
}

void gf_journal_add(gf_core *core, gf_job *job, int64_t when)
{
    if (core->options.durability == GF_DURABILITY_NONE)
        return;
    job->stored = 1;
    (void)write_record(core, job, GF_RECORD_ADD, when);
}

/* Like gf_journal_add, of a job whose key has had a row from before. */
void gf_journal_replace(gf_core *core, gf_job *job, int64_t when)
{
    if (core->options.durability == GF_DURABILITY_NONE)
        return;
    job->stored = 1;
    gf_record *record = write_record(core, job, GF_RECORD_ADD, when);
    if (record != NULL)
        record->replaces = 1;
}

void gf_journal_done(gf_core *core, const gf_job *job)
{
    if (core->options.durability != GF_DURABILITY_NONE)
        (void)write_record(core, job, GF_RECORD_DONE, 0);
}

void gf_journal_committed(gf_core *core, const gf_store_event *event)
{
    core->journal.committed = event->mark;
    core->journal.bytes -= event->bytes;
}

static uint32_t in_one_bucket(const gf_core *core, const gf_job *job)
{
    (void)core;
    (void)job;
    return 0;
}

/* For a store that is only written when the server stops: every background job, the oldest first. False when
 * memory is out. */
bool gf_core_record_all(gf_core *core)
{
    size_t count = 0;
    gf_job **jobs = gf_jobs_in_order(core, in_one_bucket, &count);
    uint64_t lost = core->counts.lost_effects;
    for (size_t i = count; jobs != NULL && i-- > 0;)
        if (jobs[i]->background)
            (void)write_record(core, jobs[i], GF_RECORD_ADD,
                               jobs[i]->state == GF_JOB_DELAYED ? (int64_t)jobs[i]->timer.due : 0);
    free(jobs);
    return jobs != NULL && core->counts.lost_effects == lost;
}

gf_record *gf_core_records(gf_core *core, size_t *count)
{
    *count = core->journal.count;
    return core->journal.records;
}

void gf_core_take_records(gf_core *core, size_t count)
{
    gf_journal *journal = &core->journal;
    journal->count -= count;
    if (journal->count > 0)
        memmove(journal->records, journal->records + count, journal->count * sizeof *journal->records);
}

void gf_journal_free(gf_core *core)
{
    gf_journal *journal = &core->journal;
    for (size_t i = 0; i < journal->count; i++)
        gf_block_unref(journal->records[i].block, core->pool);
    if (journal->trouble != NULL)
        gf_block_unref(journal->trouble, core->pool);
    free(journal->records);
}
