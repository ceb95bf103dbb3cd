/* What crosses between the processing thread and the thread that keeps background jobs in a store.
 *
 * Records go out: this job came, that one is done. They are numbered, and the store says up to which number
 * it has committed. A record owns one reference to its job's block, of which only the body may be read: the
 * job in front of it is still the processing thread's. */
#ifndef GF_JOURNAL_H
#define GF_JOURNAL_H

#include <stdint.h>

#include "gf_block.h"

typedef enum gf_durability {
    GF_DURABILITY_NONE,  /* there are no records */
    GF_DURABILITY_ASYNC, /* a submit is answered at once */
    GF_DURABILITY_SYNC,  /* a submit is answered when its record is committed */
} gf_durability;

typedef enum gf_record_kind { GF_RECORD_ADD, GF_RECORD_DONE } gf_record_kind;

/* Offsets are from the start of the body, which lies behind GF_JOB_ROOM and begins with function, NUL,
 * unique, NUL and, if `reducer_size` is not 0, the reducer. */
typedef struct gf_record {
    uint64_t mark; /* 1, 2, 3 ... */
    gf_block *block;
    int64_t when;    /* s since the epoch; 0: at once. Only in an ADD, like all that is not the key's */
    uint32_t number; /* of the job */
    uint32_t data_at;
    uint32_t data_size;
    uint32_t key_at; /* the job's key in the store, scoped by function */
    uint16_t function_size;
    uint8_t key_size; /* 0: neither unique nor store gave it one; it is to be made from the number */
    uint8_t unique_size;
    uint8_t reducer_size;
    uint8_t kind;
    uint8_t priority;
    uint8_t replaces; /* an ADD: the store may have a row of this key already */
} gf_record;

_Static_assert(sizeof(gf_record) == 48, "a record fits three quarters of a cache line");

typedef enum gf_store_event_kind {
    GF_STORE_COMMITTED, /* all records up to `mark`; `bytes`: of the blocks of those since the last time */
    GF_STORE_FAILED,    /* block: what to answer, the body of an ERROR packet, `data_size` bytes */
    GF_STORE_RECOVERED, /* follows the commit that succeeded */
    GF_STORE_JOB,       /* a job from before the start; block: as a record's, see below */
    GF_STORE_READ,      /* that was the last of them */
} gf_store_event_kind;

/* Behind the data of a restored job follow one byte and as many bytes: its key in the store, if that is not
 * its unique. */
typedef struct gf_store_event {
    gf_block *block;
    uint64_t mark;
    uint64_t bytes;
    int64_t when;
    uint32_t data_at;
    uint32_t data_size;
    uint16_t function_size;
    uint8_t unique_size;
    uint8_t reducer_size;
    uint8_t has_key;
    uint8_t priority;
    uint8_t kind;
} gf_store_event;

#endif
