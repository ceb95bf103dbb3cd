/* The job server itself, with no socket, no thread and no clock of its own: events in, effects out.
 *
 * One thread at a time may use a core. The same events always give the same effects. */
#ifndef GF_CORE_H
#define GF_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gf_event.h"
#include "gf_hash.h"
#include "gf_journal.h"
#include "gf_rc.h"
#include "gf_recorder.h"

enum { GF_COMPAT_1_1 = 11, GF_COMPAT_2_0 = 20 };
enum { GF_WAKE_AUTO = -1, GF_WAKE_ALL = 0 };

typedef struct gf_core_options {
    const char *handle_prefix; /* 1 to 52 bytes */
    const char *version;       /* answers `version` */
    gf_seed seed;              /* must be the parsers' */
    int compat;
    bool round_robin; /* only with compat 1.1; 2.0 always rotates */
    bool exceptions;  /* every connection starts with the option on */
    bool allow_shutdown;
    int wakeup; /* GF_WAKE_AUTO, GF_WAKE_ALL or how many workers a job wakes */
    int log_level;
    uint32_t max_attempts;  /* 0: no limit */
    uint32_t io_threads;    /* peers are grouped by slot % io_threads in `workers` */
    uint32_t buckets;       /* order of `show jobs` */
    uint32_t suspect_after; /* ms a woken worker may stay silent before another is woken */
    uint32_t job_lease;     /* ms a worker without a time-out may keep a job; 0: for ever */
    uint64_t memory_limit;  /* bytes; this and the next three: 0 is none */
    uint64_t max_functions;
    uint64_t max_uniques;
    uint64_t max_packet; /* kept by the parsers, named here */
    int durability;      /* gf_durability: of background jobs */
    bool reading;        /* a store's jobs are still to come: GF_STORE_JOB, then GF_STORE_READ */
} gf_core_options;

typedef struct gf_core gf_core;

/* NULL when memory is out. The two strings are copied. */
gf_core *gf_core_new(const gf_core_options *options);
void gf_core_free(gf_core *core);

/* Takes over the event's block. */
void gf_core_event(gf_core *core, const gf_event *event);

/* A hint that this event is one of the next: what it will look up is brought nearer, and nothing changes. */
void gf_core_prefetch(const gf_core *core, const gf_event *event);

/* The clocks, in milliseconds. Does what has become due. */
void gf_core_time(gf_core *core, uint64_t monotonic, int64_t wall);

/* Milliseconds from the last gf_core_time until something may be due; UINT64_MAX when nothing is. */
uint64_t gf_core_patience(const gf_core *core);

/* What the other threads hold, and what they refused so far. Values of limits: 0 is none. */
typedef struct gf_outside {
    uint64_t held; /* bytes: packets that are not complete, and output */
    uint64_t connections;
    uint64_t max_connections;
    uint64_t refused_connections;
    uint64_t output; /* bytes */
    uint64_t max_output;
    uint64_t closed_output;
    uint64_t unfinished;     /* packets */
    uint64_t packet_timeout; /* ms */
    uint64_t closed_unfinished;
} gf_outside;

/* Counted with the memory limit and shown by `show limits` until told anew. */
void gf_core_outside(gf_core *core, const gf_outside *outside);

/* The effects since the last gf_core_clear, in order. Whoever takes them over owns their blocks. */
gf_effect *gf_core_effects(gf_core *core, size_t *count);
void gf_core_clear(gf_core *core);

/* An effect for this peer was lost for want of memory. Rather than wait for it in vain, it is closed, by an
 * effect that follows the next gf_core_time; while memory is out, a later one. */
void gf_core_cut_off(gf_core *core, gf_peer_id peer);

/* What the store says. Takes over the event's block. */
void gf_core_store_event(gf_core *core, const gf_store_event *event);

/* The records that have not been taken, in order. Whoever takes the first ones owns their blocks. */
gf_record *gf_core_records(gf_core *core, size_t *count);
void gf_core_take_records(gf_core *core, size_t count);

/* Records every background job anew, the oldest first; false when memory is out. */
bool gf_core_record_all(gf_core *core);

/* From now on the recorder, which has started, is told what happens, and first who is there; NULL: no more.
 */
void gf_core_note(gf_core *core, gf_recorder *recorder);

/* gf_recorder_command.c: turns a GF_EFFECT_RECORD into the GF_EFFECT_TEXT that answers it. `recorder` may be
 * NULL. */
void gf_recorder_obey(gf_recorder *recorder, gf_core *core, gf_effect *effect);

typedef struct gf_core_counts {
    uint64_t jobs; /* waiting, delayed or running */
    uint64_t job_bytes;
    uint64_t peers;
    uint64_t functions;
    uint64_t registrations;
    uint64_t attachments;
    uint64_t sleeping;
    uint64_t submitted;
    uint64_t coalesced;
    uint64_t refused;
    uint64_t completed;
    uint64_t failed;
    uint64_t requeued;
    uint64_t dropped;
    uint64_t lost_effects;  /* could not be told for want of memory */
    uint64_t lost_timeouts; /* could not be armed for want of memory */
    uint64_t memory;        /* bytes held for connections, as the memory limit counts them */
    uint64_t leases_over;
} gf_core_counts;

void gf_core_count(const gf_core *core, gf_core_counts *counts);

/* Where rendered replies come from, and what releases the blocks of effects that were not handed on. */
gf_pool *gf_core_pool(gf_core *core);

#endif
