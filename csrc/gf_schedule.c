/* SUBMIT_JOB_SCHED: the next minute of local time that matches minute, hour, day, month and weekday. */
#include <string.h>
#include <time.h>

#include "gf_bytes.h"
#include "gf_parts.h"

enum { MINUTE, HOUR, DAY, MONTH, WEEKDAY, FIELDS, ANY = -1 };

/* The 29th of February on a given weekday may be 40 years away. */
enum { MINUTE_SECONDS = 60, HOUR_SECONDS = 3600, YEAR_SECONDS = 366 * 86400, YEARS_AHEAD = 41 };

static const struct {
    int low, high;
} bounds[FIELDS] = {{0, 59}, {0, 23}, {1, 31}, {1, 12}, {0, 6}};

/* Empty and "*" match everything. */
static bool parse_field(const uint8_t *text, size_t size, int field, int *value)
{
    *value = ANY;
    if (size == 0 || (size == 1 && text[0] == '*'))
        return true;
    if (size > 2)
        return false;
    int number = 0;
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        number = number * 10 + (text[i] - '0');
    }
    *value = number;
    return number >= bounds[field].low && number <= bounds[field].high;
}

static bool parse_fields(const uint8_t *text, uint32_t size, int wanted[FIELDS])
{
    for (int field = MINUTE; field < FIELDS; field++) {
        const uint8_t *end = gf_find_nul(text, size);
        size_t length = end != NULL ? (size_t)(end - text) : size;
        if (!parse_field(text, length, field, &wanted[field]))
            return false;
        text += end != NULL ? length + 1 : length;
        size -= (uint32_t)(end != NULL ? length + 1 : length);
    }
    return true;
}

static bool matches(int wanted, int value)
{
    return wanted == ANY || wanted == value;
}

/* Weekdays count from Monday in the protocol, from Sunday in the C library. */
static bool day_matches(const int wanted[FIELDS], const struct tm *at)
{
    return matches(wanted[DAY], at->tm_mday) && matches(wanted[WEEKDAY], (at->tm_wday + 6) % 7);
}

/* The next day or month, as early as it begins; where the clocks are set at midnight, not before an hour has
 * passed. */
static time_t next_date(const struct tm *at, time_t when, bool month)
{
    struct tm date = {
        .tm_year = at->tm_year, .tm_mon = at->tm_mon, .tm_mday = at->tm_mday + 1, .tm_isdst = -1};
    if (month) {
        date.tm_mon++;
        date.tm_mday = 1;
    }
    time_t next = mktime(&date);
    return next > when ? next : when + HOUR_SECONDS;
}

/* A later minute, with none that matches in between; `when` itself is one if it is returned. Within a day
 * the steps are in real time, so that an hour that the clocks repeat is looked at twice. */
static time_t step(const int wanted[FIELDS], const struct tm *at, time_t when)
{
    if (!matches(wanted[MONTH], at->tm_mon + 1))
        return next_date(at, when, true);
    if (!day_matches(wanted, at))
        return next_date(at, when, false);
    if (!matches(wanted[HOUR], at->tm_hour))
        return when + HOUR_SECONDS - at->tm_min * MINUTE_SECONDS;
    return matches(wanted[MINUTE], at->tm_min) ? when : when + MINUTE_SECONDS;
}

int64_t gf_schedule_next(const uint8_t *fields, uint32_t size, int64_t now)
{
    int wanted[FIELDS];
    if (!parse_fields(fields, size, wanted))
        return -1;
    time_t when = (time_t)(now - now % MINUTE_SECONDS + MINUTE_SECONDS);
    const time_t last = when + (time_t)YEARS_AHEAD * YEAR_SECONDS;
    struct tm at;
    while (when <= last && localtime_r(&when, &at) != NULL) {
        const time_t next = step(wanted, &at, when);
        if (next == when)
            return (int64_t)when;
        when = next;
    }
    return -1;
}
