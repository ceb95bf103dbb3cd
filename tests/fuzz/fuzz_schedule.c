/* Numbers and schedules against slow and simple readings of the same.
 *
 * The first byte chooses: a number, whose text follows; or a schedule, after which come its time zone, the
 * time in four bytes, and the five fields as text or a byte each. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "check.h"
#include "gf_bytes.h"
#include "gf_parts.h"
#include "input.h"

enum { TEXT_MOST = 255 };

/* --- numbers: strtoll reads the same --- */

static void try_number(const uint8_t *text, size_t size)
{
    char copy[TEXT_MOST + 1] = {0};
    int64_t value = 0;
    memcpy(copy, text, size);
    errno = 0;
    const long long expected = strtoll(copy, NULL, 10);
    CHECK(gf_parse_int64(text, size, &value) == (errno != ERANGE));
    CHECK(value == expected);
}

/* --- schedules: look at one minute after the other, at least so many years ahead --- */

static const char *const zones[] = {
    "UTC0",
    "IST-5:30",
    "CET-1CEST,M3.5.0,M10.5.0/3",
    "EST5EDT,M3.2.0,M11.1.0",
    "LHST-10:30LHDT-11,M10.1.0,M4.1.0", /* half an hour */
    "<-04>4<-03>,M9.1.6/24,M4.1.6/24",  /* at midnight: a day without its first hour */
    "IST-1GMT0,M10.5.0,M3.5.0/1",       /* the winter is what changes */
};

enum { MINUTE = 60, YEARS_AHEAD = 8, FIELDS = 5 };

typedef struct schedule {
    int wanted[FIELDS]; /* minute, hour, day, month, weekday; -1: any */
    bool is_valid;
} schedule;

static bool is_in_range(int field, int value)
{
    static const int low[FIELDS] = {0, 0, 1, 1, 0}, high[FIELDS] = {59, 23, 31, 12, 6};
    return value >= low[field] && value <= high[field];
}

/* -1: any; -2: no value of this field. */
static int read_field(const uint8_t *text, size_t size, int field)
{
    if (size == 0 || (size == 1 && text[0] == '*'))
        return -1;
    int value = 0;
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9' || i == 2)
            return -2;
        value = value * 10 + text[i] - '0';
    }
    return is_in_range(field, value) ? value : -2;
}

static schedule read_schedule(const uint8_t *text, size_t size)
{
    schedule plan = {.is_valid = true};
    for (int field = 0; field < FIELDS; field++) {
        const uint8_t *nul = gf_find_nul(text, size);
        const size_t length = nul == NULL ? size : (size_t)(nul - text);
        const size_t used = nul == NULL ? size : length + 1;
        plan.wanted[field] = read_field(text, length, field);
        plan.is_valid &= plan.wanted[field] != -2;
        text += used;
        size -= used;
    }
    return plan;
}

static bool fits(const schedule *plan, int field, int value)
{
    return plan->wanted[field] == -1 || plan->wanted[field] == value;
}

static bool day_fits(const schedule *plan, const struct tm *at)
{
    return fits(plan, 2, at->tm_mday) && fits(plan, 3, at->tm_mon + 1) &&
           fits(plan, 4, (at->tm_wday + 6) % 7);
}

static struct tm local(time_t when)
{
    struct tm at;
    CHECK(localtime_r(&when, &at) != NULL);
    return at;
}

/* Seconds that can be passed over without missing a match: on a wrong day, up to an hour before midnight. */
static time_t stride(const schedule *plan, const struct tm *at)
{
    const time_t left = (23 - at->tm_hour) * 3600 - at->tm_min * MINUTE;
    return !day_fits(plan, at) && left > MINUTE ? left : MINUTE;
}

/* The first minute that matches, up to `last`; -1 when there is none. */
static int64_t first_match(const schedule *plan, int64_t now, int64_t last)
{
    time_t when = (time_t)(now - now % MINUTE + MINUTE);
    while (when <= last) {
        const struct tm at = local(when);
        if (day_fits(plan, &at) && fits(plan, 1, at.tm_hour) && fits(plan, 0, at.tm_min))
            return (int64_t)when;
        when += stride(plan, &at);
    }
    return -1;
}

static void set_zone(const char *zone)
{
    CHECK(setenv("TZ", zone, 1) == 0);
    tzset();
}

static void try_schedule(const char *zone, int64_t now, const uint8_t *text, size_t size)
{
    const schedule plan = read_schedule(text, size);
    set_zone(zone);
    const int64_t found = gf_schedule_next(text, (uint32_t)size, now);
    if (!plan.is_valid) {
        CHECK(found == -1);
        return;
    }
    const int64_t last = now + YEARS_AHEAD * INT64_C(365) * 86400;
    const int64_t expected = first_match(&plan, now, found > last ? found : last);
    if (found != expected)
        fprintf(stderr, "TZ=%s now %lld: found %lld, expected %lld\n", zone, (long long)now, (long long)found,
                (long long)expected);
    CHECK(found == expected);
}

/* Fields of a byte each: a number in range most of the time, or any. */
static size_t fields_in(input *in, uint8_t *text)
{
    static const int low[FIELDS] = {0, 0, 1, 1, 0}, count[FIELDS] = {60, 24, 31, 12, 7};
    size_t size = 0;
    for (int field = 0; field < FIELDS; field++) {
        const int byte = take_byte(in);
        if (byte < 4 * count[field])
            size += gf_put_u32(text + size, (uint32_t)(low[field] + byte % count[field]));
        text[size++] = '\0';
    }
    return size;
}

static int64_t time_in(input *in)
{
    int64_t seconds = 0;
    for (int i = 0; i < 4; i++)
        seconds = seconds << 8 | take_byte(in);
    return seconds;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { NUMBER, FIELDS_AS_TEXT, FIELDS_AS_BYTES, KINDS };
    uint8_t fields[5 * FIELDS];
    size_t length = TEXT_MOST;
    input in = {.at = data, .left = size};
    const int kind = take_byte(&in) % KINDS;
    if (kind == NUMBER) {
        const uint8_t *text = take_bytes(&in, &length);
        try_number(text, length);
        return 0;
    }
    const char *zone = zones[take_byte(&in) % (sizeof zones / sizeof *zones)];
    const int64_t now = time_in(&in);
    if (kind == FIELDS_AS_TEXT) {
        const uint8_t *text = take_bytes(&in, &length);
        try_schedule(zone, now, text, length);
    } else {
        length = fields_in(&in, fields);
        try_schedule(zone, now, fields, length);
    }
    return 0;
}
