#include "payload.h"

#include <stdlib.h>

#include "clock.h"
#include "fail.h"

enum { PERIOD = 4093 };

static uint64_t run;     /* tells this run's payloads from those that an earlier one left in the server */
static uint8_t *pattern; /* repeats after PERIOD bytes, so that any offset below it serves */

static uint64_t mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

void payload_init(size_t largest)
{
    run = mix(clock_ns());
    pattern = malloc(PERIOD + largest);
    if (pattern == NULL)
        fail_system("memory for the payload");
    for (size_t i = 0; i < PERIOD + largest; i++)
        pattern[i] = (uint8_t)mix(i % PERIOD);
}

static const uint8_t *filling_of(const stamp *s)
{
    const uint64_t owner = (uint64_t)s->client << 32 | s->slot;
    return pattern + mix(run ^ mix(s->number) ^ s->sent ^ mix(owner)) % PERIOD;
}

void payload_write(uint8_t *to, const stamp *s, size_t size)
{
    memcpy(to, s, sizeof *s);
    memcpy(to + sizeof *s, filling_of(s), size - sizeof *s);
}

bool payload_read(span data, size_t size, stamp *found)
{
    if (data.length != size)
        return false;
    memcpy(found, data.at, sizeof *found);
    return memcmp(data.at + sizeof *found, filling_of(found), size - sizeof *found) == 0;
}

const uint8_t *payload_filling(uint64_t position)
{
    return pattern + position % PERIOD;
}

void payload_unique(char to[UNIQUE_LENGTH], uint64_t number)
{
    static const char hex[] = "0123456789abcdef";
    const uint64_t halves[2] = {mix(number), mix(~number)};
    char *at = to;
    for (unsigned digit = 0; digit < 32; digit++) {
        if (digit == 8 || digit == 12 || digit == 16 || digit == 20)
            *at++ = '-';
        *at++ = hex[halves[digit / 16] >> 4 * (digit % 16) & 15];
    }
}
