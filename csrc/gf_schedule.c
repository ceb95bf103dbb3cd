/* SUBMIT_JOB_SCHED: the next minute of local time that matches minute, hour, day, month and weekday. */
#include <string.h>
#include <time.h>

#include "gf_bytes.h"
#include "gf_parts.h"

enum { MINUTE, HOUR, DAY, MONTH, WEEKDAY, FIELDS, ANY = -1, YEARS_AHEAD = 9 };

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
    return matches(wanted[MONTH], at->tm_mon + 1) && matches(wanted[DAY], at->tm_mday) &&
           matches(wanted[WEEKDAY], (at->tm_wday + 6) % 7);
}

static void next_day(struct tm *at)
{
    at->tm_mday++;
    at->tm_hour = 0;
    at->tm_min = 0;
}

static void next_hour(struct tm *at)
{
    at->tm_hour++;
    at->tm_min = 0;
}

/* One step towards a match; false when `at` is one. mktime carries what overflows. */
static bool step(const int wanted[FIELDS], struct tm *at)
{
    if (!day_matches(wanted, at))
        next_day(at);
    else if (!matches(wanted[HOUR], at->tm_hour))
        next_hour(at);
    else if (!matches(wanted[MINUTE], at->tm_min))
        at->tm_min++;
    else
        return false;
    return true;
}

int64_t gf_schedule_next(const uint8_t *fields, uint32_t size, int64_t now)
{
    int wanted[FIELDS];
    if (!parse_fields(fields, size, wanted))
        return -1;
    time_t when = (time_t)(now - now % 60 + 60);
    struct tm at;
    if (localtime_r(&when, &at) == NULL)
        return -1;
    int last_year = at.tm_year + YEARS_AHEAD;
    while (step(wanted, &at)) {
        at.tm_isdst = -1;
        when = mktime(&at);
        if (when == (time_t)-1 || at.tm_year > last_year)
            return -1;
    }
    return (int64_t)when;
}
