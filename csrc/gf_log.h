/* Log records of one native thread, on their way to the log writer. Writing never waits: when the writer is
 * behind, records are dropped and counted, and the next one that fits is preceded by the number lost. */
#ifndef GF_LOG_H
#define GF_LOG_H

#include "gf_bell.h"
#include "gf_ring.h"

enum gf_log_level {
    GF_LOG_FATAL,
    GF_LOG_ALERT,
    GF_LOG_CRITICAL,
    GF_LOG_ERROR,
    GF_LOG_WARNING,
    GF_LOG_NOTICE,
    GF_LOG_INFO,
    GF_LOG_DEBUG,
};

enum { GF_LOG_TEXT = 480, GF_LOG_CAPACITY = 1024 };

typedef struct gf_log_record {
    uint64_t time_us; /* wall clock, since 1970 */
    int level;
    uint32_t length; /* bytes of text; no terminator */
    char text[GF_LOG_TEXT];
} gf_log_record;

typedef struct gf_log {
    gf_ring ring;
    gf_bell *reader;
    _Atomic int level; /* records above it are not wanted */
    /* --- owned by the writing thread; `dropped` may be read by any --- */
    _Atomic uint64_t dropped;
    uint64_t reported; /* of the dropped, those a record has told of */
} gf_log;

/* `reader` is rung for each record; it must outlive the log. */
GF_MUST_CHECK int gf_log_init(gf_log *log, gf_bell *reader, int level);
void gf_log_free(gf_log *log);

/* Whether a record of this level is wanted: ask before working out its arguments. */
static inline bool gf_log_on(const gf_log *log, int level)
{
    return level <= atomic_load_explicit(&log->level, memory_order_relaxed);
}

/* One line of text: control bytes are escaped, and what is too long ends in "...". Ignored if not wanted. */
void gf_log_write(gf_log *log, int level, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Reader: the next record, valid until the release; NULL when there is none. */
static inline const gf_log_record *gf_log_peek(gf_log *log)
{
    return (const gf_log_record *)gf_ring_peek_spsc(&log->ring);
}

static inline void gf_log_release(gf_log *log)
{
    gf_ring_release_spsc(&log->ring);
}

#endif
