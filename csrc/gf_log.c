#include "gf_log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "gf_bytes.h"

int gf_log_init(gf_log *log, gf_bell *reader, int level)
{
    *log = (gf_log){.reader = reader, .level = level};
    return gf_ring_init(&log->ring, GF_LOG_CAPACITY, sizeof(gf_log_record));
}

void gf_log_free(gf_log *log)
{
    gf_ring_free(&log->ring);
}

static uint64_t wall_clock_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* Text comes from the network, too: it is escaped. The dots that mark a cut need three bytes, so each byte is
 * put only while they would still fit behind it. */
static uint32_t put_text(char *out, const char *text)
{
    uint32_t length = 0, fits = 0;
    for (; *text; text++) {
        char one[GF_ESCAPE_MOST];
        const unsigned n = gf_put_escaped(one, (uint8_t)*text);
        if (length + n > GF_LOG_TEXT) {
            memcpy(out + fits, "...", 3);
            return fits + 3;
        }
        memcpy(out + length, one, n);
        length += n;
        if (length + 3 <= GF_LOG_TEXT)
            fits = length;
    }
    return length;
}

static void fill(gf_log_record *record, int level, const char *text)
{
    record->time_us = wall_clock_us();
    record->level = level;
    record->length = put_text(record->text, text);
}

/* False when not even the tale of the lost ones fits. */
static bool report_dropped(gf_log *log, uint64_t dropped)
{
    gf_log_record *record = gf_ring_reserve_spsc(&log->ring);
    if (!record)
        return false;
    char text[64];
    snprintf(text, sizeof text, "%llu log records lost: the log writer is behind",
             (unsigned long long)(dropped - log->reported));
    fill(record, GF_LOG_WARNING, text);
    log->reported = dropped;
    return true;
}

static gf_log_record *reserve(gf_log *log)
{
    const uint64_t dropped = atomic_load_explicit(&log->dropped, memory_order_relaxed);
    gf_log_record *record = NULL;
    if (dropped == log->reported || report_dropped(log, dropped))
        record = gf_ring_reserve_spsc(&log->ring);
    if (!record)
        atomic_store_explicit(&log->dropped, dropped + 1, memory_order_relaxed);
    return record;
}

void gf_log_write(gf_log *log, int level, const char *format, ...)
{
    if (!gf_log_on(log, level))
        return;
    gf_log_record *record = reserve(log);
    if (record) {
        char text[GF_LOG_TEXT + 2]; /* one byte too many shows put_text that there was more */
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(text, sizeof text, format, arguments);
        va_end(arguments);
        fill(record, level, text);
    }
    gf_ring_commit_spsc(&log->ring);
    gf_bell_ring(log->reader);
}
